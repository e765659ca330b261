/**
 * What became of requests that carried an `Idempotency-Key`, per principal, for a day.
 *
 * A record is made at first sight and holds an origin, from which every id that the request creates is derived. So a request
 * that is repeated after a crash, or that runs twice at once, creates the same things: creating them twice is creating them
 * once. The answer is added when it is a success; until then a repetition runs again.
 *
 * An answer may hold what is shown once, an API key. So its body is sealed under a key that is made of the caller's token,
 * which Drover does not keep: whoever reads Redis cannot open it.
 */
import { createHash, hkdfSync } from "node:crypto";
import { duringRedis } from "@drover/access";
import { newId } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import type { RedisClient } from "@drover/queue";
import { SealedUnreadable, Sealer, sealedValue } from "@drover/secrets";
import { z } from "zod";

const keptSeconds = 24 * 60 * 60;
const beginAttemptsMax = 5;
const sealingKeyBytes = 32;
/** A larger body is not kept; a repetition finds what was created and tells of its present state. */
const bodyCharactersMax = 256 * 1024;

const storedAnswer = z.object({
  status: z.number().int(),
  headers: z.record(z.string(), z.string()),
  /** Null: too large to keep; so is what a former version has written. */
  body: sealedValue.nullable().catch(null),
});

/** What was answered. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text; null: it was too large to keep, or cannot be opened any more. */
  readonly body: string | null;
}

const record = z.object({
  fingerprint: z.string(),
  /** A TypeID. */
  origin: z.string(),
  answer: storedAnswer.optional(),
});

/** A key as one principal used it. */
export interface IdempotentRequest {
  readonly principalId: string;
  /** What the caller was authenticated by. */
  readonly token: string;
  readonly key: string;
  /** Of method, path and body. */
  readonly fingerprint: string;
}

export interface IdempotencyRecord {
  /** What ids of this request are derived from. */
  readonly origin: string;
  /** The answer that was given, if one was. */
  readonly answer: KeptAnswer | null;
}

/** No hash of a token that Drover keeps is any help with this. */
function sealerOf({ token }: IdempotentRequest): Sealer {
  const key = Buffer.from(hkdfSync("sha256", token, "", "drover sealed answers", sealingKeyBytes));
  return new Sealer(key.toString("base64"), "idempotent-answer");
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

export function fingerprintOf(method: string, path: string, canonicalBody: string): string {
  return digest(`${method}\n${path}\n${canonicalBody}`);
}

export class IdempotencyStore {
  readonly #redis: RedisClient;
  readonly #prefix: string;

  constructor(redis: RedisClient, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  #key(request: IdempotentRequest): string {
    return `${this.#prefix}:idempotency:${request.principalId}:${digest(request.key)}`;
  }

  /**
   * The record of this key, made now when there is none.
   * @throws DroverError idempotency_key_reused when it belongs to another request
   */
  async begin(request: IdempotentRequest): Promise<IdempotencyRecord> {
    const fresh = { fingerprint: request.fingerprint, origin: newId("request") };
    const key = this.#key(request);
    const text = JSON.stringify(fresh);
    // A record can vanish between the two calls: it expires, or its request is refused. Then it is made anew.
    for (let attempt = 0; attempt < beginAttemptsMax; attempt += 1) {
      const made = await duringRedis(() => this.#redis.set(key, text, "EX", keptSeconds, "NX"));
      if (made === "OK") return { origin: fresh.origin, answer: null };
      const standing = await duringRedis(() => this.#redis.get(key));
      if (standing === null) continue;
      const found = record.parse(JSON.parse(standing));
      if (found.fingerprint !== request.fingerprint) throw new DroverError("idempotency_key_reused");
      if (found.answer === undefined) return { origin: found.origin, answer: null };
      return { origin: found.origin, answer: this.#opened(request, found.answer) };
    }
    throw new DroverError("conflict", { detail: "This Idempotency-Key is being used by other requests." });
  }

  /** Keeps the answer of a request that succeeded. */
  async complete(request: IdempotentRequest, origin: string, answer: KeptAnswer): Promise<void> {
    const { body } = answer;
    const isKept = body !== null && body.length <= bodyCharactersMax;
    const sealed = isKept ? sealerOf(request).seal(body, this.#key(request)) : null;
    const text = JSON.stringify({
      fingerprint: request.fingerprint,
      origin,
      answer: { ...answer, body: sealed } satisfies z.input<typeof storedAnswer>,
    });
    await duringRedis(() => this.#redis.set(this.#key(request), text, "EX", keptSeconds));
  }

  #opened(request: IdempotentRequest, stored: z.output<typeof storedAnswer>): KeptAnswer {
    if (stored.body === null) return { ...stored, body: null };
    try {
      return { ...stored, body: sealerOf(request).open(stored.body, this.#key(request)) };
    } catch (error) {
      // The same principal may come with another token: the configuration's key can be replaced.
      if (error instanceof SealedUnreadable) return { ...stored, body: null };
      throw error;
    }
  }

  /** Frees the key of a request that was refused before it created anything, so that a mended one may use it. */
  async release(request: IdempotentRequest): Promise<void> {
    await duringRedis(() => this.#redis.del(this.#key(request)));
  }
}
