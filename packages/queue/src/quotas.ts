/**
 * How much an organization, or a workspace of it, may have in Drover at once, and use within a day or a month. The scripts that accept and claim tasks read
 * the limits where they stand, so what is set here holds from the next task on; who waited for room is called.
 */
import {
  type BudgetStanding,
  type PeriodBudget,
  periodBudget,
  type Quota,
  type QuotaDefaults,
  type QuotaLimits,
} from "@drover/contracts";
import type { Visible } from "./index-page.ts";
import { type ReachedBudget, renewsAtMs } from "./reached-budget.ts";
import { setQuotaScript } from "./scripts/set-quota.ts";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";
import { json } from "./task-row.ts";
import { called, wake } from "./wake.ts";

/** Whose limits they are; null: the organization's own. */
export interface QuotaScope {
  readonly organizationId: string;
  readonly workspaceId: string | null;
}

const limitNames = ["queued_max", "active_max", "requests_per_minute"] as const;
type LimitName = (typeof limitNames)[number];
const none = "none";
const storedBudget = json(periodBudget);

export class Quotas {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Replaces the limits of a scope: what is absent is as the defaults say, null is no limit. */
  async set(scope: QuotaScope, limits: QuotaLimits): Promise<Quota> {
    const shard = this.#store.keyspace.shardOf(scope.organizationId);
    await this.#write(shard, nameOf(scope), fieldsOf(limits));
    return await this.find(scope);
  }

  /** The limits that hold for a scope, and what it has now. */
  async find(scope: QuotaScope): Promise<Quota> {
    const shard = this.#store.keyspace.shardOf(scope.organizationId);
    const stored = await this.#store.redis.hgetall(shard.quotas());
    return await this.#show(shard, scope, stored);
  }

  /** Every scope with limits of its own, by name. */
  async list(visible: Visible): Promise<Quota[]> {
    const found: Quota[] = [];
    for (const shard of this.#store.keyspace.shards) {
      const stored = await this.#store.redis.hgetall(shard.quotas());
      const names = new Set(Object.keys(stored).map((field) => field.split("|")[0] ?? ""));
      for (const name of names) {
        const [organizationId = "", workspaceId] = name.split("/");
        if (organizationId === "*" || (visible !== "all" && !visible.includes(organizationId))) continue;
        found.push(await this.#show(shard, { organizationId, workspaceId: workspaceId ?? null }, stored));
      }
    }
    return found.sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
  }

  /** Sets what holds for all who have no limits of their own, on every shard. */
  async setDefaults(defaults: QuotaDefaults): Promise<void> {
    for (const shard of this.#store.keyspace.shards) {
      await this.#write(shard, "*", fieldsOf(defaults.organization));
      await this.#write(shard, "*/*", fieldsOf(defaults.workspace));
    }
  }

  /** What holds for all who have no limits of their own. */
  async defaults(): Promise<QuotaDefaults> {
    const stored = await this.#store.redis.hgetall(this.#store.keyspace.site.quotas());
    const usual = (scope: string) => ({
      queued_max: limitOf(stored[`${scope}|queued_max`] ?? none),
      active_max: limitOf(stored[`${scope}|active_max`] ?? none),
      requests_per_minute: limitOf(stored[`${scope}|requests_per_minute`] ?? none),
    });
    return { organization: usual("*"), workspace: usual("*/*") };
  }

  /** Requests a minute that a scope may make; null: no limit. */
  async requestsPerMinute(scope: QuotaScope): Promise<number | null> {
    const shard = this.#store.keyspace.shardOf(scope.organizationId);
    const [own = null, usual = null] = await this.#store.redis.hmget(
      shard.quotas(),
      `${nameOf(scope)}|requests_per_minute`,
      `${usualOf(scope)}|requests_per_minute`,
    );
    return limitOf(own ?? usual ?? none);
  }

  /** The budget of a scope that leaves nothing to use now; null: none. */
  async reachedBudget(scope: QuotaScope): Promise<ReachedBudget | null> {
    const { budget } = await this.find(scope);
    if (budget === null) return null;
    for (const what of ["cost_usd", "tokens"] as const) {
      const [used, most] = [budget.used[what], budget[what]];
      if (most !== null && used >= most)
        return { scope: nameOf(scope), used, most, what, period: budget.period };
    }
    return null;
  }

  async #standing(shard: Shard, name: string, stored: string | undefined): Promise<BudgetStanding | null> {
    if (stored === undefined) return null;
    const { period, cost_usd, tokens }: PeriodBudget = storedBudget.parse(stored);
    const nowMs = Date.now();
    const [at, cost, count] = await this.#store.redis.hmget(
      shard.spent(name),
      period,
      `${period}:cost_usd`,
      `${period}:tokens`,
    );
    const isPresent = at === new Date(nowMs).toISOString().slice(0, period === "day" ? 10 : 7);
    return {
      period,
      cost_usd: cost_usd ?? null,
      tokens: tokens ?? null,
      used: { cost_usd: isPresent ? Number(cost ?? 0) : 0, tokens: isPresent ? Number(count ?? 0) : 0 },
      renews_at: new Date(renewsAtMs(period, nowMs)).toISOString(),
    };
  }

  async #write(shard: Shard, name: string, fields: readonly string[]): Promise<void> {
    const args = [shard.prefix, "", name, ...fields];
    const next = called.parse(await this.#store.scripts.run(setQuotaScript, [shard.quotas()], args));
    await wake(this.#store, shard, next);
  }

  async #show(shard: Shard, scope: QuotaScope, stored: Record<string, string>): Promise<Quota> {
    const name = nameOf(scope);
    const [queued, active] = await this.#store.redis.hmget(shard.load(name), "queued", "active");
    const limit = (what: LimitName) =>
      limitOf(stored[`${name}|${what}`] ?? stored[`${usualOf(scope)}|${what}`] ?? none);
    return {
      organization_id: scope.organizationId,
      workspace_id: scope.workspaceId,
      queued_max: limit("queued_max"),
      active_max: limit("active_max"),
      requests_per_minute: limit("requests_per_minute"),
      per_agent: perAgent(name, stored),
      budget: await this.#standing(shard, name, stored[`${name}|budget`]),
      usage: { queued: Number(queued ?? 0), active: Number(active ?? 0) },
    };
  }
}

const keyOf = (quota: Quota) => `${quota.organization_id}/${quota.workspace_id ?? ""}`;

function nameOf({ organizationId, workspaceId }: QuotaScope): string {
  return workspaceId === null ? organizationId : `${organizationId}/${workspaceId}`;
}

function usualOf(scope: QuotaScope): string {
  return scope.workspaceId === null ? "*" : "*/*";
}

function limitOf(text: string): number | null {
  return text === none ? null : Number(text);
}

/** Field, value, field, value, … */
function fieldsOf(limits: QuotaLimits): string[] {
  const fields: string[] = [];
  for (const name of limitNames) {
    const limit = limits[name];
    if (limit !== undefined) fields.push(name, limit === null ? none : String(limit));
  }
  for (const [agent, own] of Object.entries(limits.per_agent ?? {})) {
    for (const name of ["queued_max", "active_max"] as const) {
      const limit = own[name];
      if (limit !== undefined && limit !== null) fields.push(`${name}|${agent}`, String(limit));
    }
  }
  if (limits.budget !== undefined && limits.budget !== null)
    fields.push("budget", JSON.stringify(limits.budget));
  return fields;
}

function perAgent(name: string, stored: Record<string, string>): Quota["per_agent"] {
  const found: Quota["per_agent"] = {};
  for (const [field, text] of Object.entries(stored)) {
    const [scope, what, agent] = field.split("|");
    if (scope !== name || agent === undefined) continue;
    found[agent] = { ...found[agent], [what === "queued_max" ? "queued_max" : "active_max"]: limitOf(text) };
  }
  return found;
}
