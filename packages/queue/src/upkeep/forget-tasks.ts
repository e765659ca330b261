/** Deletes final tasks with everything of theirs. */
import { idPrefixes, isFinal, systemQueues } from "@drover/contracts";
import { z } from "zod";
import { forgetScript } from "../scripts/forget-task.ts";
import type { Shard } from "../shard.ts";
import type { Store } from "../store.ts";
import { queueOfAgent } from "../task-queue.ts";

const reply = z.union([
  z.tuple([z.literal("forgotten"), z.string()]),
  z.tuple([z.enum(["kept", "missing"])]),
]);

/** @returns how many are gone by this call; what another has forgotten in the same moment is counted there */
export async function forgetTasks(
  store: Store,
  shard: Shard,
  organization: string,
  ids: readonly string[],
): Promise<number> {
  if (ids.length === 0) return 0;
  // The job first: a final task without a job lacks nothing, a job without a task would be a leak.
  await removeJobs(store, shard, ids);
  const replies = await store.scripts.runMany(
    forgetScript,
    ids.map((id) => ({ keys: [shard.task(id)], args: [shard.prefix, id, organization] })),
  );
  const letters: string[] = [];
  let count = 0;
  for (const answer of replies) {
    if (answer instanceof Error) throw answer;
    const [outcome, letter] = reply.parse(answer);
    if (outcome !== "forgotten") continue;
    count += 1;
    if (letter !== undefined && letter !== "") letters.push(letter);
  }
  const queue = store.queue(shard, systemQueues.deadLetter);
  await Promise.all(letters.map((letter) => queue.remove(letter)));
  return count;
}

async function removeJobs(store: Store, shard: Shard, ids: readonly string[]): Promise<void> {
  const rows = await Promise.all(ids.map((id) => store.redis.hmget(shard.task(id), "agent", "status")));
  await Promise.all(
    ids.map(async (id, position) => {
      const [agent, status] = rows[position] ?? [];
      if (!agent || !status || !isFinal(status)) return;
      const name = queueOfAgent(agent);
      if ((await store.redis.exists(`${shard.prefix}:${name}:${id}`)) === 0) return;
      await store.queue(shard, name).remove(id, { removeChildren: false });
    }),
  );
}

const pageSize = 200;
/** The part of an id that says when it was made, to the millisecond: a step's is that of its run. */
const timeLength = 10;

/** The tasks of a run, page by page. They need not be listed anywhere: their ids begin as the run's does. */
export async function* stepsOf(
  store: Store,
  shard: Shard,
  organization: string,
  runId: string,
): AsyncGenerator<string[], void, void> {
  const suffix = runId.slice(runId.indexOf("_") + 1);
  const prefix = `${idPrefixes.task}_${suffix.slice(0, timeLength)}`;
  let from = `[${prefix}`;
  for (;;) {
    const index = shard.index("tasks", organization);
    const ids = await store.redis.zrangebylex(index, from, `(${prefix}~`, "LIMIT", 0, pageSize);
    const runs = await Promise.all(ids.map((id) => store.redis.hget(shard.task(id), "run")));
    const steps = ids.filter((_, position) => runs[position] === runId);
    if (steps.length > 0) yield steps;
    if (ids.length < pageSize) return;
    from = `(${ids.at(-1) ?? ""}`;
  }
}
