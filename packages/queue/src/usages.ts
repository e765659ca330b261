/** Reads what organizations and their workspaces have used, day by day, and adds it up as it is asked for. */
import { type UsageGroup, type UsageRow, type UsageTotals, usageDaysMax } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import type { Visible } from "./index-page.ts";
import { repliesOf } from "./replies-of.ts";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";
import { asFields } from "./task-ledger.ts";

/** One part of what a caller may see. */
export interface UsageScope {
  readonly visible: Visible;
  /** Only of this workspace. */
  readonly workspace?: string | undefined;
  readonly agent?: string | undefined;
}

export interface UsageQuery {
  readonly scopes: readonly UsageScope[];
  /** The first and the last day, both included, like 2026-11-22. */
  readonly from: string;
  readonly to: string;
  readonly groupBy: readonly UsageGroup[];
}

const dayMs = 24 * 3_600_000;
/** An answer has at most so many rows. */
const rowsMax = 10_000;
/** And is made from at most so many days of organizations. */
const keysMax = 20_000;
const chunkSize = 100;

const numbers = ["attempts", "input_tokens", "output_tokens", "cost_usd", "duration_ms"] as const;
type Mutable = { -readonly [Key in keyof UsageTotals]: UsageTotals[Key] };

export class Usages {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * @returns rows by the groups in their order, and the sum of all
   * @throws DroverError validation_failed where it would be too much for one answer
   */
  async report(query: UsageQuery): Promise<{ rows: UsageRow[]; total: UsageTotals }> {
    const days = daysBetween(query.from, query.to);
    const rows = new Map<string, UsageRow & Mutable>();
    const total = nothing();
    let keys = 0;
    for (const scope of query.scopes) {
      for (const { shard, organization } of await this.#organizations(scope)) {
        keys += days.length;
        if (keys > keysMax) throw tooMuch(`it would read ${keysMax} days of organizations or more`);
        for (let start = 0; start < days.length; start += chunkSize)
          await this.#addDays(
            shard,
            organization,
            days.slice(start, start + chunkSize),
            scope,
            query,
            rows,
            total,
          );
      }
    }
    const sorted = [...rows].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row);
    return { rows: sorted, total };
  }

  async #organizations({ visible }: UsageScope): Promise<{ shard: Shard; organization: string }[]> {
    const { keyspace, redis } = this.#store;
    if (visible !== "all")
      return visible.map((name) => ({ shard: keyspace.shardOf(name), organization: name }));
    const found: { shard: Shard; organization: string }[] = [];
    for (const shard of keyspace.shards) {
      const names = await redis.zrange(shard.usageOrganizations(), "0", "-1");
      found.push(...names.map((name) => ({ shard, organization: name })));
    }
    return found;
  }

  async #addDays(
    shard: Shard,
    organization: string,
    days: readonly string[],
    scope: UsageScope,
    query: UsageQuery,
    rows: Map<string, UsageRow & Mutable>,
    total: Mutable,
  ): Promise<void> {
    const pipeline = this.#store.redis.pipeline();
    for (const day of days) pipeline.hgetall(shard.usage(organization, day));
    const replies = await repliesOf(pipeline);
    for (const [position, day] of days.entries()) {
      for (const [field, text] of Object.entries(asFields(replies[position]))) {
        const [workspace = "", agent = "", what = ""] = field.split("|");
        if (scope.workspace !== undefined && scope.workspace !== workspace) continue;
        if (scope.agent !== undefined && scope.agent !== agent) continue;
        const names = { day, organization, workspace, agent };
        const key = query.groupBy.map((group) => names[group]).join(" ");
        let row = rows.get(key);
        if (row === undefined) {
          if (rows.size >= rowsMax) throw tooMuch(`it would have more than ${rowsMax} rows`);
          row = { ...groupOf(names, query.groupBy), ...nothing() };
          rows.set(key, row);
        }
        add(row, what, Number(text));
        add(total, what, Number(text));
      }
    }
  }
}

function add(totals: Mutable, what: string, amount: number): void {
  const name = numbers.find((known) => known === what);
  if (name !== undefined) totals[name] += amount;
  else if (what.startsWith("tool:")) {
    const tool = what.slice("tool:".length);
    totals.tool_calls[tool] = (totals.tool_calls[tool] ?? 0) + amount;
  }
}

function nothing(): Mutable {
  return { attempts: 0, input_tokens: 0, output_tokens: 0, cost_usd: 0, duration_ms: 0, tool_calls: {} };
}

function groupOf(names: Record<UsageGroup, string>, groups: readonly UsageGroup[]) {
  return {
    ...(groups.includes("day") ? { day: names.day } : {}),
    ...(groups.includes("organization") ? { organization_id: names.organization } : {}),
    ...(groups.includes("workspace")
      ? { workspace_id: names.workspace === "" ? null : names.workspace }
      : {}),
    ...(groups.includes("agent") ? { agent: names.agent } : {}),
  };
}

/** @throws DroverError validation_failed */
function daysBetween(from: string, to: string): string[] {
  const [firstMs, lastMs] = [Date.parse(`${from}T00:00:00Z`), Date.parse(`${to}T00:00:00Z`)];
  const count = Math.round((lastMs - firstMs) / dayMs) + 1;
  if (count < 1) throw tooMuch("date_from comes after date_to");
  if (count > usageDaysMax) throw tooMuch(`it spans ${count} days, and at most ${usageDaysMax} are kept`);
  return Array.from({ length: count }, (_, n) => new Date(firstMs + n * dayMs).toISOString().slice(0, 10));
}

function tooMuch(why: string): DroverError {
  return new DroverError("validation_failed", {
    validations: [{ field: "q", detail: `${why}; ask for fewer days, one organization, or fewer groups` }],
  });
}
