/** One connection of the workspace to a gateway: from the handshake until it is gone. */
import { serveTunnel, type TunnelTarget, tunnelLimits, tunnelProtocol } from "@drover/tunnel";
import { WebSocket } from "ws";
import type { TunnelAddress } from "./control-plane.ts";

export interface DialOutOptions extends TunnelAddress {
  readonly target: () => TunnelTarget | null;
  /** Ends the connection in an orderly way. */
  readonly signal: AbortSignal;
  /** The tunnel is open. */
  readonly onOpen: () => void;
}

/** How a connection ended. */
export type Ending =
  | { readonly kind: "closed"; readonly code: number; readonly reason: string }
  /** Answered in plain HTTP. */
  | { readonly kind: "refused"; readonly status: number }
  | { readonly kind: "failed"; readonly message: string };

const handshakeDeadlineMs = 15_000;
const closeDeadlineMs = 2_000;

/** Resolves when the connection has ended; never rejects. */
export async function dialOut(options: DialOutOptions): Promise<Ending> {
  const { url, headers, agent, target, signal, onOpen } = options;
  const webSocket = new WebSocket(url, tunnelProtocol, {
    headers,
    agent,
    handshakeTimeout: handshakeDeadlineMs,
    maxPayload: tunnelLimits.messageBytesMax,
    perMessageDeflate: false,
    followRedirects: false,
  });
  let ending: Ending | null = null;
  webSocket.on("error", (error) => {
    ending ??= { kind: "failed", message: error.message };
  });
  webSocket.once("unexpected-response", (_request, response) => {
    response.resume();
    ending = { kind: "refused", status: response.statusCode ?? 0 };
    webSocket.terminate();
  });
  webSocket.once("open", () => {
    // A connection that is lost again at once closes as well.
    serveTunnel(webSocket, target).then(onOpen, () => webSocket.terminate());
  });
  let deadline: NodeJS.Timeout | undefined;
  const leave = () => {
    webSocket.close(1000, "the workspace agent stops");
    deadline = setTimeout(() => webSocket.terminate(), closeDeadlineMs);
  };
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  return await new Promise<Ending>((resolve) => {
    webSocket.once("close", (code, reason) => {
      clearTimeout(deadline);
      signal.removeEventListener("abort", leave);
      resolve(ending ?? { kind: "closed", code, reason: reason.toString() });
    });
  });
}
