/** Dead letters: written with the failure itself, in one script; listed, queued again, or dropped. */
import { type DeadLetter, type DeadLetterRecord, deadLetter, type Task } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { z } from "zod";
import { readDeaths } from "./deaths.ts";
import { enqueue } from "./enqueue.ts";
import { onAnyShard, type Page, type PageRequest, readPage, type Visible } from "./index-page.ts";
import { redriveScript } from "./scripts/redrive-task.ts";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";
import { TaskLedger } from "./task-ledger.ts";
import { json } from "./task-row.ts";
import { dropLetters } from "./upkeep/drop-letters.ts";

export type DeadLetterSearch = Partial<
  Record<"agent" | "reason" | "workspace" | "organization" | "workflow", string>
>;

const batchMax = 1_000;
const reply = z.union([
  z.tuple([z.literal("ok"), z.number()]),
  z.tuple([z.literal("missing")]),
  z.tuple([z.literal("conflict")]),
]);

export class DeadLetters {
  readonly #store: Store;
  readonly #ledger: TaskLedger;

  constructor(store: Store) {
    this.#store = store;
    this.#ledger = new TaskLedger(store);
  }

  async find(id: string): Promise<DeadLetter | null> {
    return (await this.#locate(id))?.letter ?? null;
  }

  async list(request: PageRequest & { search: DeadLetterSearch }): Promise<Page<DeadLetter>> {
    const { search } = request;
    const searching = Object.keys(search).length > 0;
    return await readPage(this.#store, "dead-letters", request, {
      load: async (ids) => await Promise.all(ids.map((id) => this.find(id))),
      matches: searching ? (letter) => matches(letter, search) : null,
      show: async (letters) => letters,
    });
  }

  /**
   * Queues its task again with fresh attempts; its history stays in the task's events. A run's step is redriven by its run.
   * @throws DroverError not_found; conflict where the task is not failed any more
   */
  async redrive(id: string, by: string): Promise<Task> {
    const located = await this.#locate(id);
    if (located === null) throw new DroverError("not_found");
    const { letter, shard } = located;
    const now = new Date();
    const args = [shard.prefix, letter.task_id, id, now.toISOString(), now.getTime(), by];
    const outcome = reply.parse(
      await this.#store.scripts.run(redriveScript, [shard.task(letter.task_id)], args),
    );
    if (outcome[0] === "missing") throw new DroverError("not_found");
    if (outcome[0] === "conflict")
      throw new DroverError("conflict", { detail: "The task is not failed any more." });
    await this.#enqueueAgain(shard, letter, outcome[1]);
    const task = await this.#ledger.find(letter.task_id);
    if (task === null) throw new DroverError("not_found");
    return task;
  }

  /** Drops it; its task stays failed, and its record is kept as long as that of any task. @throws DroverError not_found */
  async delete(id: string): Promise<void> {
    const located = await this.#locate(id);
    if (located === null) throw new DroverError("not_found");
    await dropLetters(this.#store, located.shard, located.letter.organization_id, [id]);
  }

  /** Drops what the search finds, at most 1000 a call. */
  async purgeMatching(search: DeadLetterSearch, visible: Visible) {
    const { items, count } = await this.list({ search, visible, limit: batchMax, afterId: undefined });
    for (const letter of items) {
      const shard = this.#store.keyspace.shardOf(letter.organization_id);
      await dropLetters(this.#store, shard, letter.organization_id, [letter.id]);
    }
    return { purged: items.length, remaining: count - items.length };
  }

  /** A dead letter with every death of its task; null where there is none. */
  async inspect(id: string): Promise<DeadLetterRecord | null> {
    const located = await this.#locate(id);
    if (located === null) return null;
    const { letter, shard } = located;
    return { ...letter, deaths: await readDeaths(this.#store, shard, letter.task_id) };
  }

  async #locate(id: string): Promise<{ shard: Shard; letter: DeadLetter } | null> {
    return await onAnyShard(this.#store.keyspace, async (shard) => {
      const text = await this.#store.redis.get(shard.deadLetter(id));
      return text === null ? null : { shard, letter: json(deadLetter).parse(text) };
    });
  }

  async #enqueueAgain(shard: Shard, letter: DeadLetter, priority: number): Promise<void> {
    const located = await this.#ledger.locate(letter.task_id);
    if (located === null) return;
    const { spec } = located.row;
    // A failed job under this id would make the new one a duplicate.
    await this.#store.queue(shard, letter.agent).remove(letter.task_id);
    await enqueue(this.#store, shard, [
      {
        id: spec.id,
        agent: spec.agent,
        name: String(spec.payload["action"] ?? spec.type),
        priority,
        delayMs: 0,
        parentRunId: null,
      },
    ]);
    await this.#store.queue(shard, "dead-letter").remove(letter.id);
  }
}

function matches(letter: DeadLetter, search: DeadLetterSearch): boolean {
  const values: Record<string, string | null | undefined> = {
    agent: letter.agent,
    reason: letter.reason,
    workspace: letter.workspace_id,
    organization: letter.organization_id,
    workflow: letter.workflow_id,
  };
  return Object.entries(search).every(([key, wanted]) => values[key] === wanted);
}
