/** Cancelling: the intent is in the ledger first, then on a channel to the worker that holds the task. */
import { DroverError } from "@drover/errors";
import { z } from "zod";
import type { RedisClient } from "./connection.ts";
import { type ExpiryCode, expiryCodes } from "./expiry.ts";
import { retentionSeconds } from "./finish-arguments.ts";
import { cancelScript } from "./scripts/cancel-task.ts";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";
import { queueOfAgent } from "./task-queue.ts";
import { called, wake } from "./wake.ts";

const reply = z.tuple([z.enum(["missing", "final", "cancelled", "requested"])]).rest(called);

/**
 * @returns `cancelled` when it had not started and has ended now, `requested` when a worker has it and will stop
 * @throws DroverError not_found, already_final
 */
export async function cancelTask(
  store: Store,
  shard: Shard,
  taskId: string,
  by: string,
): Promise<"cancelled" | "requested"> {
  const args = [shard.prefix, taskId, by, new Date().toISOString(), retentionSeconds];
  const [outcome, next = []] = reply.parse(await store.scripts.run(cancelScript, [shard.task(taskId)], args));
  if (outcome === "missing") throw new DroverError("not_found");
  if (outcome === "final") throw new DroverError("already_final");
  await wake(store, shard, next);
  return outcome;
}

/** Takes the job of a cancelled task from its queue, if no worker has it. What stays there does nothing when taken. */
export async function dropJob(store: Store, shard: Shard, agent: string, taskId: string): Promise<void> {
  try {
    await store.queue(shard, queueOfAgent(agent)).remove(taskId);
  } catch (error) {
    store.logger.debug({ err: error, task_id: taskId }, "the job of a cancelled task stays in its queue");
  }
}

/** Hears on every shard that a task has to end; calls `onEnd` with its id, and the reason where it is not a cancel. */
export class CancelListener implements AsyncDisposable {
  readonly #subscriber: RedisClient;

  constructor(store: Store, onEnd: (taskId: string, expiry?: ExpiryCode) => void) {
    this.#subscriber = store.connect("worker");
    this.#subscriber.on("message", (_channel: string, message: string) => {
      const [taskId = "", reason] = message.split(" ");
      const expiry = expiryCodes.find((code) => code === reason);
      onEnd(taskId, expiry);
    });
    const channels = store.keyspace.shards.map((shard) => shard.cancelChannel());
    this.#subscriber.subscribe(...channels).catch((error: unknown) => {
      store.logger.warn({ err: error }, "cancels are not heard; they are found at the next heartbeat");
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscriber.disconnect();
  }
}
