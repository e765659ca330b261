/**
 * Ends tasks whose time is over although no worker has them: nobody took them, or they wait for their next attempt, for
 * capacity or for a slot. Only tasks with such a limit stand among the deadlines, and only those that are due are read.
 */

import { isFinal, type TaskError } from "@drover/contracts";
import { z } from "zod";
import { deadLetterId, deadLetterOf } from "./dead-letter-of.ts";
import { type ExpiryCode, expiryMessage } from "./expiry.ts";
import { retentionSeconds } from "./finish-arguments.ts";
import { repliesOf } from "./replies-of.ts";
import { expireScript } from "./scripts/expire-task.ts";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";
import { asFields } from "./task-ledger.ts";
import { parseTaskRow, type TaskRow } from "./task-row.ts";
import { called, wake } from "./wake.ts";

const chunkSize = 200;
/** So many in one sweep; the next goes on. */
const chunksMax = 50;
const reply = z.tuple([z.enum(["missing", "final", "moved", "later", "told", "expired"])]).rest(called);

/** A task that has ended by its deadline. Its run and its queue may not know yet. */
export interface ExpiredTask {
  readonly id: string;
  readonly agent: string;
  readonly status: "completed" | "failed" | "cancelled";
  readonly workflowId: string | null;
  /** The instance of the step. */
  readonly stepId: string | null;
}

/**
 * Ends what is due. Each ended task is handed to `settle`, which tells its run and its queue, and is forgotten only then;
 * so it is handed over again when this process dies in between.
 * @returns how many were ended
 */
export async function expireTasks(
  store: Store,
  shard: Shard,
  settle: (task: ExpiredTask) => Promise<void>,
): Promise<number> {
  let ended = 0;
  for (let chunk = 0; chunk < chunksMax; chunk += 1) {
    const nowMs = Date.now();
    const ids = await store.redis.zrangebyscore(shard.deadlines(), "-inf", nowMs, "LIMIT", 0, chunkSize);
    if (ids.length === 0) break;
    const expired = await expireChunk(store, shard, ids, nowMs);
    for (const task of expired.tasks) {
      await settle(task);
      await store.redis.zrem(shard.deadlines(), task.id);
    }
    ended += expired.tasks.length;
    // What a worker took in this very moment stays, and must not keep this loop.
    if (ids.length < chunkSize || expired.moved > 0) break;
  }
  return ended;
}

async function expireChunk(store: Store, shard: Shard, ids: readonly string[], nowMs: number) {
  const pipeline = store.redis.pipeline();
  for (const id of ids) pipeline.hgetall(shard.task(id));
  const rows = (await repliesOf(pipeline)).map((fields) => parseTaskRow(asFields(fields)));
  const replies = await store.scripts.runMany(
    expireScript,
    ids.map((id, position) => ({
      keys: [shard.task(id)],
      args: expireArguments(shard, id, rows[position] ?? null, nowMs),
    })),
  );
  const tasks: ExpiredTask[] = [];
  let moved = 0;
  for (const [position, answer] of replies.entries()) {
    if (answer instanceof Error) throw answer;
    const [outcome, next = []] = reply.parse(answer);
    await wake(store, shard, next);
    const row = rows[position];
    if (outcome === "moved") moved += 1;
    if (row === null || row === undefined) continue;
    if (outcome === "expired") tasks.push(expiredTask(row, "failed"));
    if (outcome === "final" && isFinal(row.status)) tasks.push(expiredTask(row, row.status));
  }
  return { tasks, moved };
}

function expiredTask({ spec }: TaskRow, status: ExpiredTask["status"]): ExpiredTask {
  return { id: spec.id, agent: spec.agent, status, workflowId: spec.workflow_id, stepId: spec.step_id };
}

function expireArguments(shard: Shard, id: string, row: TaskRow | null, nowMs: number): (string | number)[] {
  const now = new Date(nowMs);
  const minute = Math.floor(nowMs / 60_000);
  if (row === null) return [shard.prefix, id, "", nowMs, "", minute, "", "", "", "", "", 0];
  const code: ExpiryCode =
    row.end_by !== undefined && Number(row.end_by) <= nowMs ? "total_timed_out" : "start_timed_out";
  const message = expiryMessage(code, row.spec);
  const error: TaskError = { code, message, retryable: false, attempt: row.attempt };
  const letterId = row.spec.dead_letter === false ? "" : deadLetterId(id, row.epoch + 1);
  const letter = letterId === "" ? "" : deadLetterOf(row.spec, letterId, error, row.attempt, now);
  return [
    shard.prefix,
    id,
    row.epoch,
    nowMs,
    now.toISOString(),
    minute,
    code,
    JSON.stringify(error),
    JSON.stringify({ attempt: row.attempt, error }),
    letterId,
    letter === "" ? "" : JSON.stringify(letter),
    retentionSeconds,
  ];
}
