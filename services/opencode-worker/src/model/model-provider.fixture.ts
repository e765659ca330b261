/** A model's endpoint for the tests that answers each request as it is told to: well, badly, in part, or never. */
import { createServer, type ServerResponse } from "node:http";

export type ProviderAnswer = (response: ServerResponse) => void;

export interface ModelProvider extends AsyncDisposable {
  /** With `/v1`. */
  readonly url: string;
  /** How many requests have come. */
  readonly requests: number;
  /** From the next request on. */
  answer: ProviderAnswer;
}

export async function startModelProvider(): Promise<ModelProvider> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    // An answer before the request has come in whole would be a fault of the test.
    request.resume().once("end", () => provider.answer(response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  const provider: ModelProvider = {
    url: `http://127.0.0.1:${address.port}/v1`,
    get requests() {
      return requests;
    },
    answer: saying("hello"),
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
  return provider;
}

export const refusing =
  (status: number, headers: Record<string, string> = {}): ProviderAnswer =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify({ error: { message: `refused with ${status}` } }));
  };

const head = { "content-type": "text/event-stream" };
const chunk = (choices: readonly object[], more: object = {}) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices, ...more })}\n\n`;
const text = (content: string) => chunk([{ index: 0, delta: { role: "assistant", content } }]);
const end = (reason: string) => chunk([{ index: 0, delta: {}, finish_reason: reason }]);
const used = (input: number, output: number) =>
  chunk([], { usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output } });

/** An answer that is whole: `words` may be empty. */
export const saying =
  (words: string, reason = "stop"): ProviderAnswer =>
  (response) => {
    response.writeHead(200, head);
    response.end(`${words === "" ? "" : text(words)}${end(reason)}${used(100, 10)}data: [DONE]\n\n`);
  };

/** A tool call, with what it costs; `id` must differ from call to call. */
export const calling =
  (id: string, name: string, input: object, tokens = { input: 1_000, output: 100 }): ProviderAnswer =>
  (response) => {
    const called = { index: 0, id, type: "function", function: { name, arguments: JSON.stringify(input) } };
    response.writeHead(200, head);
    response.end(
      `${chunk([{ index: 0, delta: { role: "assistant", tool_calls: [called] } }])}${end("tool_calls")}${used(tokens.input, tokens.output)}data: [DONE]\n\n`,
    );
  };

/** The connection is cut in the middle of the answer. */
export const breakingOff: ProviderAnswer = (response) => {
  response.writeHead(200, head);
  response.write(text("I will now"));
  setTimeout(() => response.destroy(), 50);
};

/** The answer ends early, and orderly. */
export const endingEarly: ProviderAnswer = (response) => {
  response.writeHead(200, head);
  response.end(text("I will now"));
};

/** Headers, and then nothing. */
export const withoutBody: ProviderAnswer = (response) => {
  response.writeHead(200, head);
  response.flushHeaders();
};

/** Words, and then nothing. */
export const fallingSilent: ProviderAnswer = (response) => {
  response.writeHead(200, head);
  response.write(text("I will now"));
};

export const hanging: ProviderAnswer = () => undefined;

/** Not JSON, under the name of a stream or of JSON. */
export const garbage =
  (mediaType: string): ProviderAnswer =>
  (response) => {
    response.writeHead(200, { "content-type": mediaType });
    response.end('data: {"choices": [<html>oops\n\n');
  };

/** JSON that is no completion. */
export const unrelated: ProviderAnswer = (response) => {
  response.writeHead(200, head);
  response.end(`data: ${JSON.stringify({ hello: "world" })}\n\ndata: [DONE]\n\n`);
};
