/** Admits tasks, records them and enqueues them, all in one script each, and acknowledges them after that. */
import { budgetPeriod, type Task } from "@drover/contracts";
import { DroverError, RetryableFailure } from "@drover/errors";
import { z } from "zod";
import { drainMs, finishedPerMinute } from "./drain-rate.ts";
import { removeEndedJob } from "./ended-job.ts";
import { type Enqueueable, enqueue, recordAdd } from "./enqueue.ts";
import { describeBudget, type ReachedBudget, renewsAtMs } from "./reached-budget.ts";
import { acceptAndAddScript } from "./scripts/accept-and-add.ts";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";
import { TaskLedger } from "./task-ledger.ts";
import { queueOfAgent } from "./task-queue.ts";
import { toTask } from "./task-row.ts";
import { type NewTask, specOf, type TaskSpec, tenantOf } from "./task-spec.ts";

export interface SchedulerOptions {
  /** Most tasks of one agent that may be unfinished; 0: no limit. */
  readonly unfinishedMax: number;
}

export type Admission = { readonly id: string } | { readonly error: DroverError };

const acceptReply = z.union([
  /** Accepted, there already, to be done again, or there without its job: its priority in the queue. */
  z.tuple([z.union([z.literal(1), z.literal(0), z.literal(2), z.literal(3)]), z.number()]),
  /** The agent's queue is full: how many are unfinished. */
  z.tuple([z.literal(-1), z.number()]),
  /** Its run starts nothing any more. */
  z.tuple([z.literal(-2)]),
  /** A quota is reached: used, most, whose. */
  z.tuple([z.literal(-3), z.number(), z.number(), z.string()]),
  /** A budget is used up: used, most, whose, of what, in which period. */
  z.tuple([
    z.literal(-4),
    z.coerce.number(),
    z.coerce.number(),
    z.string(),
    z.enum(["cost_usd", "tokens"]),
    budgetPeriod,
  ]),
]);
const acceptedAndAdded = z.tuple([acceptReply, z.union([z.string(), z.number()])]);

/** `added`: when it was accepted now; absent: it was there already. */
type Accepted =
  | { readonly id: string; readonly added?: { readonly spec: TaskSpec; readonly untilMs: number | null } }
  | { readonly error: DroverError };

type Refused = {
  readonly code: "queue_full" | "quota_exceeded";
  readonly detail: string;
  /** How many tasks must end before there is room; absent: none can make room. */
  readonly over?: number;
  /** When there is room again, in milliseconds from now, where that is known. */
  readonly retryAfterMs?: number;
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
    const shard = this.#store.keyspace.shardOf(task.organizationId);
    const [accepted] = await this.#accept(shard, [task], this.#options.unfinishedMax, false);
    if (accepted !== undefined && "error" in accepted) throw accepted.error;
    if (accepted?.added !== undefined) return asAccepted(accepted.added.spec, accepted.added.untilMs);
    const there = await this.#ledger.find(task.id);
    if (there === null) throw new DroverError("internal", { detail: "The task was accepted and is gone." });
    return there;
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
        if (task !== undefined)
          admissions[tasks.indexOf(task)] = "error" in admission ? admission : { id: admission.id };
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
  ): Promise<Accepted[]> {
    const nowMs = Date.now();
    const submissions = tasks.map((task) => submissionOf(task, nowMs));
    const replies = await this.#store.scripts.runMany(
      acceptAndAddScript,
      submissions.map((submission) => {
        const { task } = submission;
        const args = acceptArguments(shard, submission, unfinishedMax, admitted);
        return {
          keys: [shard.task(task.id)],
          args: [args.length, ...args, ...recordAdd(this.#store, shard, toEnqueueable(task, 1))],
        };
      }),
    );
    const there = new Set<number>();
    const refused = new Map<number, Refused>();
    const reopened: Enqueueable[] = [];
    for (const [position, task] of tasks.entries()) {
      const reply = replies[position];
      if (reply instanceof Error) throw reply;
      const [answer, job] = acceptedAndAdded.parse(reply);
      if (answer[0] !== 1) there.add(position);
      if (answer.length === 1) continue;
      if (answer[0] === -1) refused.set(position, queueFull(task, answer[1], unfinishedMax));
      else if (answer[0] === -3) refused.set(position, quotaExceeded(answer[1], answer[2], answer[3]));
      else if (answer[0] === -4) {
        const [, used, most, scope, what, period] = answer;
        refused.set(position, budgetUsedUp({ scope, used, most, what, period }, nowMs));
      } else if (answer[0] === 2) reopened.push(toEnqueueable(task, answer[1]));
      else if (Number(job) < 0) throw jobRefused(task.agent, job);
    }
    // The job of its former life would make the new one a duplicate.
    for (const task of reopened) await removeEndedJob(this.#store, shard, queueOfAgent(task.agent), task.id);
    await enqueue(this.#store, shard, reopened);
    const rates = await this.#drainRates(
      shard,
      tasks.filter((_, position) => refused.has(position)),
    );
    return submissions.map(({ task, spec, untilMs }, position): Accepted => {
      const refusal = refused.get(position);
      if (refusal === undefined)
        return there.has(position) ? { id: task.id } : { id: task.id, added: { spec, untilMs } };
      const { code, detail, over = 1 } = refusal;
      const retryAfterMs = refusal.retryAfterMs ?? drainMs(over, rates.get(task.agent) ?? 0);
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

function budgetUsedUp(budget: ReachedBudget, nowMs: number): Refused {
  const retryAfterMs = renewsAtMs(budget.period, nowMs) - nowMs;
  return { code: "quota_exceeded", detail: describeBudget(budget, nowMs), retryAfterMs };
}

function jobRefused(agent: string, answer: string | number): RetryableFailure {
  return new RetryableFailure("internal", `the queue of ${agent} refused a job (${answer})`);
}

/** @param priority its place, where it is known; else the script that accepts it fills it in */
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

interface Submission {
  readonly task: NewTask;
  readonly spec: TaskSpec;
  readonly createdAtMs: number;
  readonly createdAt: string;
  /** When its delay is over; null: it has none. */
  readonly untilMs: number | null;
}

function submissionOf(task: NewTask, nowMs: number): Submission {
  const createdAt = new Date(nowMs).toISOString();
  const untilMs = task.delaySeconds > 0 ? nowMs + task.delaySeconds * 1000 : null;
  return { task, spec: specOf(task, createdAt), createdAtMs: nowMs, createdAt, untilMs };
}

/** The task as it was written just now. */
function asAccepted(spec: TaskSpec, untilMs: number | null): Task {
  const status = untilMs === null ? "queued" : "delayed";
  return toTask({ spec, status, attempt: 0, epoch: 0, priority: 1, until: String(untilMs ?? "") }, null);
}

function acceptArguments(
  shard: Shard,
  { task, spec, createdAt, createdAtMs, untilMs }: Submission,
  unfinishedMax: number,
  admitted: boolean,
): (string | number)[] {
  const readyAtMs = untilMs ?? createdAtMs;
  return [
    shard.prefix,
    task.id,
    JSON.stringify(spec),
    task.agent,
    task.organizationId,
    tenantOf(task.organizationId, task.workspaceId),
    task.step?.workflowId ?? "",
    task.step?.stepId ?? "",
    untilMs === null ? "queued" : "delayed",
    createdAt,
    createdAtMs,
    untilMs ?? "",
    unfinishedMax,
    JSON.stringify({ agent: task.agent, priority: task.priority }),
    task.maxAttempts,
    task.priority,
    admitted ? 1 : 0,
    deadline(readyAtMs, task.startTimeoutSeconds),
    deadline(readyAtMs, task.totalTimeoutSeconds),
    task.apart === true ? 1 : "",
  ];
}

/** Empty: no limit. */
function deadline(fromMs: number, seconds: number | null | undefined): number | "" {
  return seconds === null || seconds === undefined ? "" : Math.round(fromMs + seconds * 1000);
}
