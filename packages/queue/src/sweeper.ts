/**
 * Finds what a kill left between two writes, and mends it: a task in the ledger without a job, a job that ended while its
 * task did not, a dead letter that the `dead-letter` queue does not show.
 *
 * Every pass is bounded, and mending twice is mending once, so any number of sweepers may run.
 */
import { agentNames, idPrefixes, idSuffixAt, isFinal } from "@drover/contracts";
import { enqueue } from "./enqueue.ts";
import type { Shard } from "./keyspace.ts";
import type { Store } from "./store.ts";
import { retentionSeconds } from "./task-claim.ts";
import { asFields } from "./task-ledger.ts";
import { parseTaskRow, type TaskRow, waitsUntilMs } from "./task-row.ts";
import { wakeForgotten } from "./wake.ts";

export interface Swept {
  /** Tasks that were put on their queue again. */
  readonly requeued: number;
  /** Members of counters whose task had ended or was gone. */
  readonly forgotten: number;
  /** Dead letters shown in the `dead-letter` queue. */
  readonly mirrored: number;
}

const chunkSize = 500;
/** A task this young may still be on its way from the ledger to its queue. */
const settleMs = 5_000;

export async function sweepTasks(store: Store, shard: Shard): Promise<Swept> {
  let requeued = 0;
  let forgotten = 0;
  for (const agent of agentNames) {
    const stream = store.redis.sscanStream(shard.unfinished(agent), { count: chunkSize });
    for await (const ids of stream) {
      const mended = await mend(store, shard, agent, idsOf(ids));
      requeued += mended.requeued;
      forgotten += mended.forgotten;
    }
  }
  await wakeForgotten(store, shard);
  await cutIndexes(store, shard);
  return { requeued, forgotten, mirrored: await mirrorDeadLetters(store, shard) };
}

/** Takes from the indexes what is older than any row is kept; ids sort by time, so one cut each. */
async function cutIndexes(store: Store, shard: Shard): Promise<void> {
  const suffix = idSuffixAt(Date.now() - 2 * retentionSeconds * 1000);
  for (const organization of await store.redis.smembers(shard.organizations())) {
    await store.redis.zremrangebylex(
      shard.index("tasks", organization),
      "-",
      `(${idPrefixes.task}_${suffix}`,
    );
    await store.redis.zremrangebylex(
      shard.index("runs", organization),
      "-",
      `(${idPrefixes.workflow}_${suffix}`,
    );
  }
}

function idsOf(scanned: unknown): string[] {
  return Array.isArray(scanned) ? scanned.filter((id) => typeof id === "string") : [];
}

async function mend(store: Store, shard: Shard, agent: string, ids: readonly string[]) {
  if (ids.length === 0) return { requeued: 0, forgotten: 0 };
  const queue = `${shard.prefix}:${agent}`;
  const pipeline = store.redis.pipeline();
  for (const id of ids) {
    pipeline.hgetall(shard.task(id));
    pipeline.exists(`${queue}:${id}`);
    pipeline.zscore(`${queue}:completed`, id);
    pipeline.zscore(`${queue}:failed`, id);
  }
  const replies = ((await pipeline.exec()) ?? []).map(([, reply]) => reply);
  const lost: TaskRow[] = [];
  const over: string[] = [];
  for (const [position, id] of ids.entries()) {
    const [fields, job, completed, failed] = replies.slice(position * 4, position * 4 + 4);
    const row = parseTaskRow(asFields(fields));
    if (row === null || isFinal(row.status)) over.push(id);
    else if (isSettled(row) && (job !== 1 || completed !== null || failed !== null)) lost.push(row);
  }
  for (const id of over) await forget(store, shard, agent, id);
  for (const row of lost) await requeue(store, shard, row);
  return { requeued: lost.length, forgotten: over.length };
}

function isSettled(row: TaskRow): boolean {
  return Date.now() - Date.parse(row.spec.created_at) > settleMs;
}

async function forget(store: Store, shard: Shard, agent: string, id: string): Promise<void> {
  await store.redis
    .multi()
    .srem(shard.unfinished(agent), id)
    .zrem(shard.waiting(agent), id)
    .srem(shard.parked(agent), id)
    .exec();
}

async function requeue(store: Store, shard: Shard, row: TaskRow): Promise<void> {
  const { spec } = row;
  // What ended in BullMQ without ending in the ledger would make the new job a duplicate.
  await store.queue(shard, spec.agent).remove(spec.id);
  await enqueue(store, shard, [
    {
      id: spec.id,
      agent: spec.agent,
      name: String(spec.payload["action"] ?? spec.type),
      priority: row.priority,
      delayMs: Math.max(0, (waitsUntilMs(row) ?? 0) - Date.now()),
      parentRunId: spec.workflow_id,
    },
  ]);
  store.logger.warn({ task_id: spec.id, status: row.status }, "a task without a live job was queued again");
}

/** The `dead-letter` queue mirrors the ledger's dead letters for Bull Board; the same id twice is one job. */
async function mirrorDeadLetters(store: Store, shard: Shard): Promise<number> {
  const list = shard.unmirroredDeadLetters();
  const ids = await store.redis.lrange(list, 0, chunkSize - 1);
  if (ids.length === 0) return 0;
  const letters = await store.redis.mget(ids.map((id) => shard.deadLetter(id)));
  const jobs = ids.flatMap((id, position) => {
    const letter = letters[position];
    if (letter === null || letter === undefined) return [];
    return [
      {
        name: "dead-letter",
        data: JSON.parse(letter),
        opts: { jobId: id, removeOnComplete: true, removeOnFail: true },
      },
    ];
  });
  await store.queue(shard, "dead-letter").addBulk(jobs);
  await store.redis.ltrim(list, ids.length, -1);
  return jobs.length;
}
