/**
 * One call of an OpenAI-compatible endpoint, with a deadline and a limit of size. Its answer is untrusted text.
 *
 * The endpoint's own error bodies stay unread: some repeat the key.
 */
import { CapacityFailure, PermanentFailure, RetryableFailure, type TaskFailure } from "@drover/errors";
import { Agent, type Dispatcher, request } from "undici";
import { z } from "zod";
import { retryAfterMs } from "./retry-after.ts";

export interface ModelEndpointOptions {
  /** Ends in `/v1` for most providers. */
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly model: string;
  /** Of one call, in milliseconds. */
  readonly deadlineMs: number;
}

export interface ModelMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface ModelAnswer {
  readonly text: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const answerBytesMax = 1024 * 1024;
/** Read and thrown away, so that the connection can be used again. */
const refusalBytesMax = 64 * 1024;
const connectDeadlineMs = 10_000;
const capacityRetryMs = 10_000;

const tokens = z.number().min(0).catch(0);
const completion = z.object({
  choices: z
    .array(z.object({ message: z.object({ content: z.string().nullish() }) }))
    .min(1)
    .max(100),
  usage: z.object({ prompt_tokens: tokens, completion_tokens: tokens }).nullish().catch(null),
});

export class ModelEndpoint implements AsyncDisposable {
  readonly #options: ModelEndpointOptions;
  readonly #url: string;
  readonly #connections: Agent;

  constructor(options: ModelEndpointOptions) {
    this.#options = options;
    this.#url = `${options.baseUrl.replace(/\/+$/, "")}/chat/completions`;
    this.#connections = new Agent({
      connect: { timeout: connectDeadlineMs },
      // The deadline of the call decides.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * @throws RetryableFailure `model_unavailable`: unreachable, too slow, 5xx, or no completion in the answer
   * @throws CapacityFailure `model_rate_limited`: 429
   * @throws PermanentFailure `model_rejected`: any other status
   * @throws the reason of `signal` when it aborts
   */
  async complete(messages: readonly ModelMessage[], signal: AbortSignal): Promise<ModelAnswer> {
    signal.throwIfAborted();
    const deadline = AbortSignal.timeout(this.#options.deadlineMs);
    try {
      const response = await this.#post(messages, AbortSignal.any([signal, deadline]));
      if (response.statusCode !== 200) {
        await response.body.dump({ limit: refusalBytesMax });
        throw refusal(response);
      }
      return answerOf(await readText(response.body));
    } catch (error) {
      signal.throwIfAborted();
      throw deadline.aborted ? tooSlow(this.#options.deadlineMs) : unreachable(error);
    }
  }

  #post(messages: readonly ModelMessage[], signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { model, apiKey } = this.#options;
    return request(this.#url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({ model, messages, temperature: 0, stream: false }),
      dispatcher: this.#connections,
      signal,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connections.destroy();
  }
}

async function readText(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const decoder = new TextDecoder();
  let sizeBytes = 0;
  let text = "";
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    sizeBytes += chunk.byteLength;
    if (sizeBytes > answerBytesMax) {
      throw new RetryableFailure("model_unavailable", `The model's answer is over ${answerBytesMax} bytes.`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function answerOf(body: string): ModelAnswer {
  const parsed = completion.safeParse(parseJson(body));
  if (!parsed.success) {
    throw new RetryableFailure("model_unavailable", "What the model's endpoint answered is no completion.");
  }
  const { choices, usage } = parsed.data;
  return {
    text: choices[0]?.message.content ?? "",
    inputTokens: usage?.prompt_tokens ?? 0,
    outputTokens: usage?.completion_tokens ?? 0,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refusal({ statusCode, headers }: Dispatcher.ResponseData): TaskFailure {
  const message = `The model's endpoint answered ${statusCode}.`;
  const retryAfter = retryAfterMs(headers["retry-after"]);
  if (statusCode === 429) {
    return new CapacityFailure("model_rate_limited", message, {
      retryAfterMs: retryAfter ?? capacityRetryMs,
    });
  }
  if (statusCode >= 500 || statusCode === 408) {
    return new RetryableFailure(
      "model_unavailable",
      message,
      retryAfter === null ? {} : { retryAfterMs: retryAfter },
    );
  }
  return new PermanentFailure("model_rejected", message);
}

function tooSlow(deadlineMs: number): RetryableFailure {
  return new RetryableFailure("model_unavailable", `The model gave no answer within ${deadlineMs} ms.`);
}

/** What was thrown on purpose stays; anything else comes from the connection. */
function unreachable(error: unknown): unknown {
  if (
    error instanceof PermanentFailure ||
    error instanceof CapacityFailure ||
    error instanceof RetryableFailure
  ) {
    return error;
  }
  return new RetryableFailure("model_unavailable", "The model's endpoint cannot be reached.", {
    cause: error,
  });
}
