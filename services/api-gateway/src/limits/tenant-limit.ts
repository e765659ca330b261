/**
 * What all keys of an organization, or of a workspace, may ask a minute together: `requests_per_minute` of their quotas.
 *
 * A request counts for the tenant of its caller: the one organization, or workspace, in which all the caller's roles are.
 * Who has roles in several, or for the whole site, is limited as a principal alone.
 */
import type { Principal } from "@drover/access";
import type { QuotaScope, Quotas, RedisClient } from "@drover/queue";
import { RateLimit, type RateLimitState } from "./rate-limit.ts";

/** How long a limit serves before it is read again. */
const freshMs = 2_000;
const rememberedMax = 10_000;

export interface TenantLimitOptions {
  readonly quotas: Quotas;
  readonly redis: RedisClient;
  readonly prefix: string;
}

export class TenantLimit {
  readonly #options: TenantLimitOptions;
  readonly #limits = new Map<string, { readonly most: Promise<number | null>; readonly untilMs: number }>();
  /** By how much they allow. */
  readonly #counters = new Map<number, RateLimit>();

  constructor(options: TenantLimitOptions) {
    this.#options = options;
  }

  /** Counts one request; what the narrowest of its limits says, null where there is none. */
  async consume(principal: Principal): Promise<RateLimitState | null> {
    let narrowest: RateLimitState | null = null;
    for (const scope of scopesOf(principal)) {
      const state = await this.#consume(scope);
      if (state === null) continue;
      if (!state.allowed) return state;
      if (narrowest === null || state.remaining < narrowest.remaining) narrowest = state;
    }
    return narrowest;
  }

  async #consume(scope: QuotaScope): Promise<RateLimitState | null> {
    const name = `${scope.organizationId}/${scope.workspaceId ?? ""}`;
    const most = await this.#most(name, scope);
    return most === null ? null : await this.#counter(most).consume(name);
  }

  /** While it cannot be read there is no limit but the principal's own. */
  async #most(name: string, scope: QuotaScope): Promise<number | null> {
    const known = this.#limits.get(name);
    if (known !== undefined && known.untilMs > Date.now()) return await known.most;
    if (this.#limits.size >= rememberedMax) this.#limits.clear();
    const most = this.#options.quotas.requestsPerMinute(scope).catch(() => null);
    this.#limits.set(name, { most, untilMs: Date.now() + freshMs });
    return await most;
  }

  #counter(most: number): RateLimit {
    let counter = this.#counters.get(most);
    if (counter === undefined) {
      const { redis, prefix } = this.#options;
      counter = new RateLimit({ redis, prefix: `${prefix}:${most}`, max: most, windowSeconds: 60 });
      this.#counters.set(most, counter);
    }
    return counter;
  }
}

/** Its workspace, then its organization. */
function scopesOf({ roles }: Principal): QuotaScope[] {
  const [first] = roles;
  const organizationId = first?.organization_id;
  if (organizationId === undefined || roles.some((role) => role.organization_id !== organizationId))
    return [];
  const organization = { organizationId, workspaceId: null };
  const workspaceId = first?.workspace_id;
  if (workspaceId === undefined || roles.some((role) => role.workspace_id !== workspaceId))
    return [organization];
  return [{ organizationId, workspaceId }, organization];
}
