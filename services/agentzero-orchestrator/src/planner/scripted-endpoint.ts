/** An OpenAI-compatible endpoint for tests: it answers what it is told to, and keeps what it was asked. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

interface Asked {
  readonly authorization: string | undefined;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

export interface ScriptedEndpoint extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Open connections now. */
  connections(): Promise<number>;
}

/** Answers one call; it may leave the response open. `call` counts from 1. */
export type Reply = (response: ServerResponse, call: number) => void;

export async function startEndpoint(reply: Reply): Promise<ScriptedEndpoint> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await bodyOf(request));
    asked.push({ authorization: request.headers.authorization, messages: body.messages });
    reply(response, asked.length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Replies with these texts, one a call; the last one from then on. */
export function texts(...answers: readonly string[]): Reply {
  return (response, call) => {
    const content = answers[Math.min(call, answers.length) - 1];
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({
        choices: [{ message: { role: "assistant", content } }],
        usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
      }),
    );
  };
}

export const hang: Reply = () => {};

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
