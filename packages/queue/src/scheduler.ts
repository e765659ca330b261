/**
 * Admits tasks, records them, and enqueues them: ledger first, then queue, then the acknowledgement. What dies between
 * the first two is found by the sweeper, so an acknowledged task is never lost.
 */
import type { Task } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { z } from "zod";
import { drainMs, finishedPerMinute } from "./drain-rate.ts";
import { type Enqueueable, enqueue } from "./enqueue.ts";
import type { Shard } from "./keyspace.ts";
import { acceptScript } from "./scripts/accept-task.ts";
import type { Store } from "./store.ts";
import { TaskLedger } from "./task-ledger.ts";
import { type NewTask, specOf, tenantOf } from "./task-spec.ts";

export interface SchedulerOptions {
  /** Most tasks of one agent that may be unfinished; 0: no limit. */
  readonly unfinishedMax: number;
}

export type Admission = { readonly id: string } | { readonly error: DroverError };

const acceptReply = z.union([
  /** Accepted, or there already: its priority in the queue. */
  z.tuple([z.union([z.literal(1), z.literal(0)]), z.number()]),
  /** The agent's queue is full: how many are unfinished. */
  z.tuple([z.literal(-1), z.number()]),
  /** A quota is reached: used, most, whose. */
  z.tuple([z.literal(-2), z.number(), z.number(), z.string()]),
]);
type Refused = {
  readonly code: "queue_full" | "quota_exceeded";
  readonly detail: string;
  readonly over: number;
};

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
   * @throws DroverError queue_full, quota_exceeded
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
      const accepted = await this.#accept(shard, here, this.#options.unfinishedMax, false);
      for (const [position, admission] of accepted.entries()) {
        const task = here[position];
        if (task !== undefined) admissions[tasks.indexOf(task)] = admission;
      }
    }
    return admissions;
  }

  /** Records and enqueues the ready steps of a run: children of the run's job, past all limits, since the run was admitted. */
  async submitSteps(shard: Shard, steps: readonly NewTask[]): Promise<void> {
    await this.#accept(shard, steps, 0, true);
  }

  /** @param admitted past all limits */
  async #accept(
    shard: Shard,
    tasks: readonly NewTask[],
    unfinishedMax: number,
    admitted: boolean,
  ): Promise<Admission[]> {
    const replies = await this.#store.scripts.runMany(
      acceptScript,
      tasks.map((task) => ({
        keys: [shard.task(task.id)],
        args: acceptArguments(shard, task, unfinishedMax, admitted),
      })),
    );
    const enqueueable: Enqueueable[] = [];
    const refused = new Map<number, Refused>();
    for (const [position, task] of tasks.entries()) {
      const reply = replies[position];
      if (reply instanceof Error) throw reply;
      const answer = acceptReply.parse(reply);
      if (answer[0] === -1) refused.set(position, queueFull(task, answer[1], unfinishedMax));
      else if (answer[0] === -2) refused.set(position, quotaExceeded(answer[1], answer[2], answer[3]));
      else enqueueable.push(toEnqueueable(task, answer[1]));
    }
    await enqueue(this.#store, shard, enqueueable);
    const rates = await this.#drainRates(
      shard,
      tasks.filter((_, position) => refused.has(position)),
    );
    return tasks.map((task, position): Admission => {
      const refusal = refused.get(position);
      if (refusal === undefined) return { id: task.id };
      const { code, detail, over } = refusal;
      const retryAfterMs = drainMs(over, rates.get(task.agent) ?? 0);
      return { error: new DroverError(code, { detail, retryAfterMs }) };
    });
  }

  /** Tasks a minute of each agent that refused one. */
  async #drainRates(shard: Shard, refused: readonly NewTask[]): Promise<Map<string, number>> {
    const rates = new Map<string, number>();
    for (const agent of new Set(refused.map((task) => task.agent)))
      rates.set(agent, await finishedPerMinute(this.#store, shard, agent));
    return rates;
  }
}

function queueFull(task: NewTask, unfinished: number, most: number): Refused {
  const detail = `${unfinished} of ${most} tasks of ${task.agent} are unfinished.`;
  return { code: "queue_full", detail, over: unfinished - most + 1 };
}

function quotaExceeded(used: number, most: number, whose: string): Refused {
  return {
    code: "quota_exceeded",
    detail: `${whose}: ${used} of ${most} queued tasks.`,
    over: used - most + 1,
  };
}

function toEnqueueable(task: NewTask, priority: number): Enqueueable {
  const { action } = task.payload;
  return {
    id: task.id,
    agent: task.agent,
    name: typeof action === "string" ? action : task.type,
    priority,
    delayMs: task.delaySeconds * 1000,
    parentRunId: task.step?.workflowId ?? null,
  };
}

function acceptArguments(
  shard: Shard,
  task: NewTask,
  unfinishedMax: number,
  admitted: boolean,
): (string | number)[] {
  const now = Date.now();
  const createdAt = new Date(now).toISOString();
  const delayed = task.delaySeconds > 0;
  const readyAtMs = now + task.delaySeconds * 1000;
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
    delayed ? readyAtMs : "",
    unfinishedMax,
    JSON.stringify({ agent: task.agent, priority: task.priority }),
    task.maxAttempts,
    task.priority,
    admitted ? 1 : 0,
    deadline(readyAtMs, task.startTimeoutSeconds),
    deadline(readyAtMs, task.totalTimeoutSeconds),
  ];
}

/** Empty: no limit. */
function deadline(fromMs: number, seconds: number | null | undefined): number | "" {
  return seconds === null || seconds === undefined ? "" : Math.round(fromMs + seconds * 1000);
}
