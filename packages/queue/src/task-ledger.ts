/** Reads the ledger: what every task is and was. The API answers from here, never from BullMQ. */

import type { Task } from "@drover/contracts";
import { onAnyShard, type Page, type PageRequest, readPage } from "./index-page.ts";
import { repliesOf } from "./replies-of.ts";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";
import { parseTaskRow, statusOf, type TaskRow, toTask } from "./task-row.ts";

export type TaskSearch = Partial<
  Record<"status" | "agent" | "type" | "workspace" | "organization" | "workflow", string>
>;

export interface LocatedRow {
  readonly shard: Shard;
  readonly row: TaskRow;
}

export class TaskLedger {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async find(id: string): Promise<Task | null> {
    const located = await this.locate(id);
    return located === null ? null : await this.#show(located);
  }

  /** The row and where it lives; null when there is none. */
  async locate(id: string): Promise<LocatedRow | null> {
    return await onAnyShard(this.#store.keyspace, async (shard) => {
      const row = parseTaskRow(await this.#store.redis.hgetall(shard.task(id)));
      return row === null ? null : { shard, row };
    });
  }

  async list(request: PageRequest & { search: TaskSearch }): Promise<Page<Task>> {
    const { search } = request;
    const searching = Object.keys(search).length > 0;
    return await readPage(this.#store, "tasks", request, {
      load: (ids) => this.#rows(ids),
      matches: searching ? ({ row }) => matches(row, search) : null,
      show: (rows) => Promise.all(rows.map((located) => this.#show(located))),
    });
  }

  async #rows(ids: readonly string[]): Promise<(LocatedRow | null)[]> {
    const { shards } = this.#store.keyspace;
    const found: (LocatedRow | null)[] = ids.map(() => null);
    for (const shard of shards) {
      const pipeline = this.#store.redis.pipeline();
      for (const id of ids) pipeline.hgetall(shard.task(id));
      const replies = await repliesOf(pipeline);
      for (const [position, fields] of replies.entries()) {
        const row = parseTaskRow(asFields(fields));
        if (row !== null) found[position] = { shard, row };
      }
    }
    return found;
  }

  async #show({ shard, row }: LocatedRow): Promise<Task> {
    const mayHaveResult = row.redo === undefined && (row.status === "completed" || row.status === "failed");
    const result = mayHaveResult ? await this.#store.redis.get(shard.taskResult(row.spec.id)) : null;
    return toTask(row, result);
  }
}

/** A pipeline's reply to HGETALL. */
export function asFields(reply: unknown): Record<string, string> {
  if (typeof reply !== "object" || reply === null) return {};
  return Object.fromEntries(Object.entries(reply).filter(([, value]) => typeof value === "string"));
}

function matches(row: TaskRow, search: TaskSearch): boolean {
  const { spec } = row;
  const values = {
    status: statusOf(row),
    agent: spec.agent,
    type: spec.type,
    workspace: spec.workspace_id,
    organization: spec.organization_id,
    workflow: spec.workflow_id,
  };
  return Object.entries(search).every(([key, wanted]) =>
    Object.entries(values).some(([k, value]) => k === key && value === wanted),
  );
}
