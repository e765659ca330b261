/**
 * A worker's hold on a task. Every write carries the epoch of the claim, so a worker that lost its hold, and does not know
 * it yet, changes nothing.
 */
import {
  type FinalStatus,
  type Payload,
  payload,
  type TaskError,
  type TaskResult,
  type Usage,
} from "@drover/contracts";
import { z } from "zod";
import { deadLetterId } from "./dead-letter-of.ts";
import { type ExpiryCode, expiryCodes } from "./expiry.ts";
import { type End, finishArguments, retentionSeconds } from "./finish-arguments.ts";
import { type ReachedBudget, reachedBudget } from "./reached-budget.ts";
import { claimScript } from "./scripts/claim-task.ts";
import { deferScript } from "./scripts/defer-task.ts";
import { finishScript } from "./scripts/finish-task.ts";
import { rememberScript } from "./scripts/remember-checkpoint.ts";
import { reportScript } from "./scripts/report-task.ts";
import { spendScript } from "./scripts/spend-task.ts";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";
import { json, type ParkedFor, parkedFor, parseSpec } from "./task-row.ts";
import type { TaskSpec } from "./task-spec.ts";
import { usedFields, usedSince } from "./used-since.ts";
import { called, wake } from "./wake.ts";

/** `stale`: another worker has it now. `final`: it has ended already. */
export type Written = "ok" | "stale" | "final";
const written = z.enum(["ok", "stale", "final"]);
const storedCheckpoint = json(payload);
const released = z.tuple([written]).rest(called);

export type ClaimOutcome =
  | { readonly kind: "missing" }
  | { readonly kind: "final"; readonly status: FinalStatus }
  /** A cancel came before the start; the task is cancelled now. */
  | { readonly kind: "cancelled" }
  /** It lacks something, and stands in `line` for it; nothing is held meanwhile. `untilMs` is its safety net. */
  | {
      readonly kind: "parked";
      readonly untilMs: number;
      readonly reason: ParkedFor;
      readonly line: string;
    }
  /** Every attempt was spent by workers that died. */
  | { readonly kind: "exhausted"; readonly claim: TaskClaim }
  /** Its time to start, or its time as a whole, is over. */
  | { readonly kind: "expired"; readonly claim: TaskClaim; readonly code: ExpiryCode }
  | { readonly kind: "claimed"; readonly claim: TaskClaim };

const reply = z.union([
  // What is usual comes first: each that does not match costs as much as the one that does.
  z.tuple([z.enum(["exhausted", "claimed"]), z.number(), z.number(), z.number(), z.string(), z.string()]),
  z.tuple([z.literal("missing")]),
  z.tuple([z.literal("cancelled"), called]),
  z.tuple([z.literal("parked"), json(parkedFor), z.string(), called]),
  z.tuple([z.literal("final"), z.enum(["completed", "failed", "cancelled"])]),
  z.tuple([z.literal("expired"), z.number(), z.number(), z.number(), z.string(), z.enum(expiryCodes)]),
]);

/** A parked task looks by itself after this long, if nobody called it and the sweeper did not either. */
const lookAgainMs = 15 * 60_000;

/**
 * Takes a task with all that it needs in one step, or parks it for what it lacks.
 * @param slotLeaseMs where the task works in its workspace: how long it keeps it without a renewal; null: it needs none
 */
export async function claimTask(
  store: Store,
  shard: Shard,
  taskId: string,
  worker: string,
  slotLeaseMs: number | null = null,
): Promise<ClaimOutcome> {
  const args = claimArguments(shard, worker, slotLeaseMs);
  args[idAt] = taskId;
  return await claimOutcome(store, shard, await store.scripts.run(claimScript, [shard.task(taskId)], args));
}

/** Where the id stands among the arguments of the claim script. */
const idAt = 1;

/** What the claim script is given, the id left open. */
export function claimArguments(
  shard: Shard,
  worker: string,
  slotLeaseMs: number | null,
): (string | number)[] {
  const now = Date.now();
  return [
    shard.prefix,
    "",
    worker,
    new Date(now).toISOString(),
    retentionSeconds,
    slotLeaseMs === null ? 0 : 1,
    slotLeaseMs ?? 0,
    now + lookAgainMs,
    now,
  ];
}

/** @param claimed what the claim script answered */
export async function claimOutcome(store: Store, shard: Shard, claimed: unknown): Promise<ClaimOutcome> {
  const untilMs = Date.now() + lookAgainMs;
  const answer = reply.parse(claimed);
  if (answer[0] === "missing") return { kind: "missing" };
  if (answer[0] === "final") return { kind: "final", status: answer[1] };
  if (answer[0] === "cancelled") {
    await wake(store, shard, answer[1]);
    return { kind: "cancelled" };
  }
  if (answer[0] === "parked") {
    await wake(store, shard, answer[3]);
    return { kind: "parked", untilMs, reason: answer[1], line: answer[2] };
  }
  const [, epoch, attempt, delivery, spec] = answer;
  const endsByMs = answer[0] === "expired" || answer[5] === "" ? null : Number(answer[5]);
  const claim = new TaskClaim(store, shard, parseSpec(spec), { epoch, attempt, delivery, endsByMs });
  return answer[0] === "expired" ? { kind: "expired", claim, code: answer[5] } : { kind: answer[0], claim };
}

/** A completion that somebody else sends: arguments of the finish script, and what to do with its answer. */
export interface Completion {
  readonly args: readonly (string | number)[];
  readonly written: (answer: unknown) => Promise<Written>;
}

export class TaskClaim {
  readonly spec: TaskSpec;
  readonly shard: Shard;
  readonly epoch: number;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** Which start this is, from 1; also counts those that spent no attempt. */
  readonly delivery: number;
  /** When its time as a whole is over, in milliseconds since the epoch; null: no limit. */
  readonly endsByMs: number | null;
  readonly #store: Store;

  constructor(
    store: Store,
    shard: Shard,
    spec: TaskSpec,
    counts: { epoch: number; attempt: number; delivery: number; endsByMs: number | null },
  ) {
    this.#store = store;
    this.shard = shard;
    this.spec = spec;
    this.epoch = counts.epoch;
    this.attempt = counts.attempt;
    this.delivery = counts.delivery;
    this.endsByMs = counts.endsByMs;
  }

  /** @param usage what this hold has used; default: what the result says */
  async complete(result: TaskResult, usage: Usage | null = result.usage ?? null): Promise<Written> {
    return await this.#finish("completed", { result, usage });
  }

  /** The same, to be written with the completion of the task's job. */
  completion(result: TaskResult, usage: Usage | null = result.usage ?? null): Completion {
    return {
      args: finishArguments(this, "completed", { result, usage }),
      written: (answer) => this.#released(answer),
    };
  }

  /**
   * Fails the task for good; its dead letter, where it is to have one, is written in the same instant.
   * @param kept what it has done nevertheless
   */
  async fail(error: TaskError, usage: Usage | null = null, kept: TaskResult | null = null): Promise<Written> {
    const letterId = this.spec.dead_letter === false ? "" : deadLetterId(this.spec.id, this.epoch);
    return await this.#finish("failed", { error, result: kept, letterId, usage });
  }

  async cancel(usage: Usage | null = null): Promise<Written> {
    return await this.#finish("cancelled", { usage });
  }

  /**
   * Records what this hold has used so far, in all.
   * @returns the budget of the workspace or organization that is used up by now, if any
   */
  async spend(usage: Usage): Promise<ReachedBudget | null> {
    const args = [this.shard.prefix, this.spec.id, this.epoch, JSON.stringify(usage)];
    return reachedBudget.parse(await this.#run(spendScript, args));
  }

  /** Tries again at `untilMs`; with `refund` this attempt is not counted. */
  async defer(
    error: TaskError | null,
    untilMs: number,
    refund: boolean,
    usage: Usage | null = null,
  ): Promise<Written> {
    const event = {
      until: new Date(untilMs).toISOString(),
      attempt: this.attempt,
      ...(error === null ? {} : { error }),
    };
    return await this.#release(deferScript, [
      this.shard.prefix,
      this.spec.id,
      this.epoch,
      "delayed",
      new Date().toISOString(),
      Math.round(untilMs),
      error === null ? "" : JSON.stringify(error),
      refund ? 1 : 0,
      "retrying",
      JSON.stringify(event),
      usage === null ? "" : JSON.stringify(usage),
    ]);
  }

  /** Records an event of this attempt. */
  async report(what: "progress" | "output", data: Payload): Promise<Written> {
    const args = [
      this.shard.prefix,
      this.spec.id,
      this.epoch,
      what,
      new Date().toISOString(),
      JSON.stringify(data),
    ];
    return written.parse(await this.#run(reportScript, args));
  }

  /** Replaces what the task's later starts are told of this one. */
  async remember(checkpoint: Payload): Promise<Written> {
    const args = [this.shard.prefix, this.spec.id, this.epoch, JSON.stringify(checkpoint)];
    return written.parse(await this.#run(rememberScript, args));
  }

  /** What an earlier start remembered last; null: nothing. */
  async checkpoint(): Promise<Payload | null> {
    if (this.delivery <= 1) return null;
    const text = await this.#store.redis.hget(this.shard.task(this.spec.id), "checkpoint");
    return text === null ? null : storedCheckpoint.parse(text);
  }

  /** What earlier holds have used, since it was accepted or redriven last; null: nothing. */
  async usedBefore(): Promise<Usage | null> {
    if (this.delivery <= 1) return null;
    const row = await this.#store.redis.hmget(this.shard.task(this.spec.id), ...usedFields);
    return usedSince(row);
  }

  async #finish(status: FinalStatus, end: End): Promise<Written> {
    return await this.#release(finishScript, finishArguments(this, status, end));
  }

  /** A change by which the task gives back what it holds: whoever may start by that is woken. */
  async #release(what: typeof finishScript, args: (string | number)[]): Promise<Written> {
    return await this.#released(await this.#run(what, args));
  }

  async #released(answer: unknown): Promise<Written> {
    const [outcome, next = []] = released.parse(answer);
    await wake(this.#store, this.shard, next);
    return outcome;
  }

  async #run(what: typeof finishScript, args: (string | number)[]): Promise<unknown> {
    return await this.#store.scripts.run(what, [this.shard.task(this.spec.id)], args);
  }
}
