/**
 * Who called a moment ago, so that a burst of requests asks Redis once.
 *
 * An entry lives at most `maxAgeMs`, which bounds how long a revocation takes to reach other replicas; on this one
 * `forget` is immediate, also for a look-up that is under way. Tokens are kept as digests.
 */
import { createHash } from "node:crypto";
import type { Principal } from "./principal.ts";

const entriesMax = 10_000;

export interface PrincipalCacheOptions {
  readonly maxAgeMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class PrincipalCache {
  readonly #options: PrincipalCacheOptions;
  readonly #entries = new Map<string, { principal: Principal; untilMs: number }>();
  #forgotten = 0;

  constructor(options: PrincipalCacheOptions) {
    this.#options = options;
  }

  /** The cached principal of `token`, or what `lookUp` finds; only what is found is kept. */
  async get(token: string, lookUp: () => Promise<Principal | null>): Promise<Principal | null> {
    const digest = createHash("sha256").update(token).digest("base64");
    const nowMs = this.#options.now();
    const cached = this.#entries.get(digest);
    if (cached !== undefined && cached.untilMs > nowMs) return cached.principal;
    this.#entries.delete(digest);
    const forgottenBefore = this.#forgotten;
    const principal = await lookUp();
    if (principal !== null && this.#forgotten === forgottenBefore) {
      if (this.#entries.size >= entriesMax) this.#entries.clear();
      const expiryMs =
        principal.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(principal.expiresAt);
      this.#entries.set(digest, {
        principal,
        untilMs: Math.min(this.#options.now() + this.#options.maxAgeMs, expiryMs),
      });
    }
    return principal;
  }

  /** Drops what is cached of this principal. */
  forget(principalId: string): void {
    this.#forgotten += 1;
    for (const [digest, entry] of this.#entries) {
      if (entry.principal.id === principalId) this.#entries.delete(digest);
    }
  }
}
