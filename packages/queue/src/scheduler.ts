/**
 * Admits tasks, records them, and enqueues them: ledger first, then queue, then the acknowledgement. What dies between
 * the first two is found by the sweeper, so an acknowledged task is never lost.
 */
import type { Task } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { z } from "zod";
import { removeEndedJob } from "./ended-job.ts";
import { type Enqueueable, enqueue } from "./enqueue.ts";
import type { Shard } from "./keyspace.ts";
import { lanePriority } from "./lane.ts";
import { acceptScript } from "./scripts/accept-task.ts";
import type { Store } from "./store.ts";
import { TaskLedger } from "./task-ledger.ts";
import { queueOfAgent } from "./task-queue.ts";
import { type NewTask, specOf, tenantOf } from "./task-spec.ts";

export interface SchedulerOptions {
  /** Most tasks of one agent that may be unfinished; 0: no limit. */
  readonly unfinishedMax: number;
}

export type Admission = { readonly id: string } | { readonly error: DroverError };

const acceptReply = z.tuple([z.number()]).rest(z.number());

export class Scheduler {
  readonly #store: Store;
  readonly #options: SchedulerOptions;
  readonly #ledger: TaskLedger;

  constructor(store: Store, options: SchedulerOptions = { unfinishedMax: 100_000 }) {
    this.#store = store;
    this.#options = options;
    this.#ledger = new TaskLedger(store);
  }

  /**
   * Accepts one task. The same id again answers the task that is there.
   * @throws DroverError queue_full
   */
  async submit(task: NewTask): Promise<Task> {
    const [admission] = await this.submitMany([task]);
    if (admission !== undefined && "error" in admission) throw admission.error;
    const accepted = await this.#ledger.find(task.id);
    if (accepted === null)
      throw new DroverError("internal", { detail: "The task was accepted and is gone." });
    return accepted;
  }

  /** Accepts many in a handful of round trips; each stands alone. */
  async submitMany(tasks: readonly NewTask[]): Promise<Admission[]> {
    const admissions: Admission[] = [];
    for (const shard of this.#store.keyspace.shards) {
      const here = tasks.filter((task) => this.#store.keyspace.shardOf(task.organizationId) === shard);
      if (here.length === 0) continue;
      const accepted = await this.#accept(shard, here, this.#options.unfinishedMax);
      for (const [position, admission] of accepted.entries()) {
        const task = here[position];
        if (task !== undefined) admissions[tasks.indexOf(task)] = admission;
      }
    }
    return admissions;
  }

  /** Records and enqueues the ready steps of a run: children of the run's job, past all limits, since the run was admitted. */
  async submitSteps(shard: Shard, steps: readonly NewTask[]): Promise<void> {
    await this.#accept(shard, steps, 0);
  }

  async #accept(shard: Shard, tasks: readonly NewTask[], unfinishedMax: number): Promise<Admission[]> {
    const replies = await this.#store.scripts.runMany(
      acceptScript,
      tasks.map((task) => ({
        keys: [shard.task(task.id)],
        args: acceptArguments(shard, task, unfinishedMax),
      })),
    );
    const enqueueable: Enqueueable[] = [];
    const reopened: NewTask[] = [];
    const admissions = tasks.map((task, position): Admission => {
      const reply = replies[position];
      if (reply instanceof Error) throw reply;
      const [outcome, nth = 1] = acceptReply.parse(reply);
      if (outcome === -1) {
        const detail = `${nth} tasks of ${task.agent} are unfinished, which is the limit.`;
        return { error: new DroverError("queue_full", { detail, retryAfterMs: 5_000 }) };
      }
      // A step of a run that was stopped in the meantime is not wanted any more.
      if (outcome === -2) return { id: task.id };
      if (outcome === 2) reopened.push(task);
      enqueueable.push(toEnqueueable(task, nth));
      return { id: task.id };
    });
    // The job of its former life would make the new one a duplicate.
    for (const task of reopened) await removeEndedJob(this.#store, shard, queueOfAgent(task.agent), task.id);
    await enqueue(this.#store, shard, enqueueable);
    return admissions;
  }
}

function toEnqueueable(task: NewTask, nth: number): Enqueueable {
  const { action } = task.payload;
  return {
    id: task.id,
    agent: task.agent,
    name: typeof action === "string" ? action : task.type,
    priority: lanePriority(task.priority, nth),
    delayMs: task.delaySeconds * 1000,
    parentRunId: task.step?.workflowId ?? null,
  };
}

function acceptArguments(shard: Shard, task: NewTask, unfinishedMax: number): (string | number)[] {
  const now = Date.now();
  const createdAt = new Date(now).toISOString();
  const delayed = task.delaySeconds > 0;
  return [
    shard.prefix,
    task.id,
    JSON.stringify(specOf(task, createdAt)),
    task.agent,
    task.organizationId,
    tenantOf(task.organizationId, task.workspaceId),
    task.step?.workflowId ?? "",
    task.step?.stepId ?? "",
    delayed ? "delayed" : "queued",
    createdAt,
    now,
    delayed ? now + task.delaySeconds * 1000 : "",
    unfinishedMax,
    JSON.stringify({ agent: task.agent, priority: task.priority }),
    task.maxAttempts,
  ];
}
