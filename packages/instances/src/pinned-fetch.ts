/**
 * A `fetch` that talks to one checked address and to nothing else: what its name resolves to later does not matter, no
 * redirect is followed, no proxy asked, and an answer that grows without end is cut off.
 */
import { Readable } from "node:stream";
import type { ReadableStream, TransformStream as Transform } from "node:stream/web";
import { Agent, request } from "undici";
import type { CheckedAddress } from "./address-rules.ts";

export interface PinnedFetchOptions {
  /** The origin that was checked. */
  readonly url: URL;
  readonly to: CheckedAddress;
  /** For connecting, and for each silence within an answer. */
  readonly silenceMaxMs: number;
  /** The largest answer; of a stream of events, the largest event. */
  readonly answerBytesMax: number;
}

/** Answers that must not have a body. */
const bodiless: ReadonlySet<number> = new Set([101, 204, 205, 304]);
const connectionsMax = 64;

export class PinnedFetch implements AsyncDisposable {
  readonly #options: PinnedFetchOptions;
  readonly #agent: Agent;

  constructor(options: PinnedFetchOptions) {
    const { to, silenceMaxMs } = options;
    this.#options = options;
    this.#agent = new Agent({
      connections: connectionsMax,
      headersTimeout: silenceMaxMs,
      bodyTimeout: silenceMaxMs,
      connect: {
        timeout: silenceMaxMs,
        // The name was resolved and checked before; whatever it says now is not asked.
        lookup: (_host, _options, callback) => callback(null, [{ address: to.address, family: to.family }]),
      },
    });
  }

  /** @throws Error when the address is another one, cannot be connected to, or falls silent */
  async fetch(asked: Request): Promise<Response> {
    const { url, answerBytesMax } = this.#options;
    if (new URL(asked.url).origin !== url.origin) throw new Error("this address was not checked");
    const body = asked.body === null ? null : Buffer.from(await asked.arrayBuffer());
    const answer = await request(asked.url, {
      dispatcher: this.#agent,
      method: asked.method,
      headers: { ...Object.fromEntries(asked.headers), "accept-encoding": "identity" },
      body,
      signal: asked.signal,
    });
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) {
      for (const one of [value ?? []].flat()) headers.append(name, one);
    }
    if (bodiless.has(answer.statusCode)) {
      await answer.body.dump();
      return new Response(null, { status: answer.statusCode, headers });
    }
    const events = headers.get("content-type")?.startsWith("text/event-stream") === true;
    const stream: ReadableStream<Uint8Array> = Readable.toWeb(answer.body);
    return new Response(stream.pipeThrough(bounded(answerBytesMax, events)), {
      status: answer.statusCode,
      headers,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }
}

function bounded(bytesMax: number, events: boolean): Transform<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      if (events && Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).includes("\n\n")) bytes = 0;
      bytes += chunk.byteLength;
      if (bytes > bytesMax) controller.error(new Error("the answer is too large"));
      else controller.enqueue(chunk);
    },
  });
}
