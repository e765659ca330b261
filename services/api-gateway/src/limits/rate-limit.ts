/**
 * How many requests somebody may make, counted in Redis for all replicas together.
 *
 * While Redis is away each replica counts by itself, so that an outage neither refuses everybody nor opens the gate.
 */
import type { RedisClient } from "@drover/queue";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";

export interface RateLimitOptions {
  readonly redis: RedisClient;
  readonly prefix: string;
  /** Requests in a window. */
  readonly max: number;
  readonly windowSeconds: number;
}

export interface RateLimitState {
  readonly allowed: boolean;
  readonly max: number;
  readonly remaining: number;
  /** Until the window ends, in milliseconds. */
  readonly resetMs: number;
}

/** How long a request waits for the shared count before it is counted here alone. */
const sharedDeadlineMs = 500;

export class RateLimit {
  readonly #shared: RateLimiterRedis;
  readonly #own: RateLimiterMemory;
  readonly #max: number;

  constructor(options: RateLimitOptions) {
    this.#max = options.max;
    const window = { points: options.max, duration: options.windowSeconds };
    this.#own = new RateLimiterMemory(window);
    this.#shared = new RateLimiterRedis({
      ...window,
      storeClient: options.redis,
      keyPrefix: options.prefix,
      rejectIfRedisNotReady: true,
      // Who is over the limit costs Redis nothing until the window ends.
      inMemoryBlockOnConsumed: options.max + 1,
    });
  }

  /** Counts one request of `who`. */
  async consume(who: string): Promise<RateLimitState> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("the shared count is not there in time")), sharedDeadlineMs);
    });
    try {
      const shared = this.#verdict(this.#shared.consume(who));
      return await Promise.race([shared, deadline]);
    } catch {
      return await this.#verdict(this.#own.consume(who));
    } finally {
      clearTimeout(timer);
    }
  }

  /** A limiter refuses by rejecting with its count; any other rejection is a fault of its store. */
  async #verdict(counted: Promise<RateLimiterRes>): Promise<RateLimitState> {
    try {
      return this.#state(await counted, true);
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) return this.#state(refusal, false);
      throw refusal;
    }
  }

  #state(result: RateLimiterRes, allowed: boolean): RateLimitState {
    return {
      allowed,
      max: this.#max,
      remaining: Math.max(0, result.remainingPoints),
      resetMs: result.msBeforeNext,
    };
  }
}
