/**
 * How many requests somebody may make, counted in Redis for all replicas together.
 *
 * While Redis is away each replica counts by itself, so that an outage neither refuses everybody nor opens the gate.
 */
import type { Redis } from "ioredis";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";

export interface RateLimitOptions {
  readonly redis: Redis;
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

export class RateLimit {
  readonly #limiter: RateLimiterRedis;
  readonly #max: number;

  constructor(options: RateLimitOptions) {
    this.#max = options.max;
    const window = { points: options.max, duration: options.windowSeconds };
    this.#limiter = new RateLimiterRedis({
      ...window,
      storeClient: options.redis,
      keyPrefix: options.prefix,
      rejectIfRedisNotReady: true,
      // Who is over the limit costs Redis nothing until the window ends.
      inMemoryBlockOnConsumed: options.max + 1,
      insuranceLimiter: new RateLimiterMemory(window),
    });
  }

  /** Counts one request of `who`. */
  async consume(who: string): Promise<RateLimitState> {
    try {
      return this.#state(await this.#limiter.consume(who), true);
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
