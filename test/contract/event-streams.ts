/** Reads event streams to their end, as SSE and as WebSocket, without the product's own client. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type Event, event } from "@drover/contracts";
import { WebSocket } from "ws";

/** The events in the text of an SSE answer. Throws where the text is none. */
export function sseEvents(text: string): Event[] {
  const blocks = text.split("\n\n").filter((block) => /^data:/m.test(block));
  return blocks.map((block) => {
    const fields = new Map(
      block.split("\n").map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")] as const;
      }),
    );
    const parsed = event.strict().parse(JSON.parse(fields.get("data") ?? ""));
    if (fields.get("id") !== parsed.id || fields.get("event") !== parsed.type)
      throw new Error(`the frame differs from its event: ${block}`);
    return parsed;
  });
}

export interface SocketTale {
  readonly events: readonly Event[];
  /** Of the close. */
  readonly code: number;
}

export interface SocketRefusal {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

export interface SocketOptions {
  readonly headers?: Record<string, string>;
}

const socketUrl = (url: string) => url.replace(/^http/, "ws");

/** Follows until the server closes. @throws Error when the upgrade is refused */
export async function readSocket(url: string, options: SocketOptions = {}): Promise<SocketTale> {
  const socket = new WebSocket(socketUrl(url), { headers: options.headers ?? {} });
  const events: Event[] = [];
  socket.on("message", (data) => events.push(event.strict().parse(JSON.parse(String(data)))));
  const [code] = await once(socket, "close");
  return { events, code: Number(code) };
}

/** Asks for an upgrade that must be refused; what was answered instead. */
export async function refusedSocket(url: string, options: SocketOptions = {}): Promise<SocketRefusal> {
  const socket = new WebSocket(socketUrl(url), { headers: options.headers ?? {} });
  socket.on("error", () => undefined);
  const answer = await Promise.race([
    new Promise<IncomingMessage>((resolve) => {
      socket.once("unexpected-response", (_request, response) => resolve(response));
    }),
    once(socket, "open").then(() => {
      throw new Error("the upgrade was not refused");
    }),
  ]);
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(Buffer.from(chunk));
  socket.terminate();
  return { status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() };
}
