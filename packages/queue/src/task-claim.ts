/**
 * A worker's hold on a task. Every write carries the epoch of the claim, so a worker that lost its hold, and does not know
 * it yet, changes nothing.
 */
import type { FinalStatus, Payload, TaskError, TaskResult } from "@drover/contracts";
import { deriveId } from "@drover/contracts";
import { z } from "zod";
import type { Shard } from "./keyspace.ts";
import { claimScript } from "./scripts/claim-task.ts";
import { deferScript } from "./scripts/defer-task.ts";
import { finishScript } from "./scripts/finish-task.ts";
import { reportScript } from "./scripts/report-task.ts";
import type { Store } from "./store.ts";
import { parseSpec } from "./task-row.ts";
import type { TaskSpec } from "./task-spec.ts";

/** `stale`: another worker has it now. `final`: it has ended already. */
export type Written = "ok" | "stale" | "final";
const written = z.enum(["ok", "stale", "final"]);

export type ClaimOutcome =
  | { readonly kind: "missing" }
  | { readonly kind: "final"; readonly status: FinalStatus }
  /** A cancel came before the start; the task is cancelled now. */
  | { readonly kind: "cancelled" }
  /** Every attempt was spent by workers that died. */
  | { readonly kind: "exhausted"; readonly claim: TaskClaim }
  | { readonly kind: "claimed"; readonly claim: TaskClaim };

const reply = z.union([
  z.tuple([z.literal("missing")]),
  z.tuple([z.literal("cancelled")]),
  z.tuple([z.literal("final"), z.enum(["completed", "failed", "cancelled"])]),
  z.tuple([z.enum(["exhausted", "claimed"]), z.number(), z.number(), z.number(), z.string()]),
]);

/** How long the record of a final task is kept, in seconds. A step's is kept as long as its run's. */
export const retentionSeconds = 30 * 24 * 3600;

export async function claimTask(
  store: Store,
  shard: Shard,
  taskId: string,
  worker: string,
): Promise<ClaimOutcome> {
  const args = [shard.prefix, taskId, worker, new Date().toISOString(), retentionSeconds];
  const answer = reply.parse(await store.scripts.run(claimScript, [shard.task(taskId)], args));
  if (answer[0] === "missing" || answer[0] === "cancelled") return { kind: answer[0] };
  if (answer[0] === "final") return { kind: "final", status: answer[1] };
  const [kind, epoch, attempt, delivery, spec] = answer;
  return { kind, claim: new TaskClaim(store, shard, parseSpec(spec), { epoch, attempt, delivery }) };
}

export class TaskClaim {
  readonly spec: TaskSpec;
  readonly shard: Shard;
  readonly epoch: number;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** Which start this is, from 1; also counts those that spent no attempt. */
  readonly delivery: number;
  readonly #store: Store;

  constructor(
    store: Store,
    shard: Shard,
    spec: TaskSpec,
    counts: { epoch: number; attempt: number; delivery: number },
  ) {
    this.#store = store;
    this.shard = shard;
    this.spec = spec;
    this.epoch = counts.epoch;
    this.attempt = counts.attempt;
    this.delivery = counts.delivery;
  }

  async complete(result: TaskResult): Promise<Written> {
    return await this.#finish("completed", null, result, "");
  }

  /** Fails the task for good; its dead letter, where it is to have one, is written in the same instant. */
  async fail(error: TaskError): Promise<Written> {
    const letterId =
      this.spec.dead_letter === false ? "" : deriveId("deadLetter", this.spec.id, String(this.epoch));
    return await this.#finish("failed", error, null, letterId);
  }

  async cancel(): Promise<Written> {
    return await this.#finish("cancelled", null, null, "");
  }

  /** Tries again at `untilMs`; with `refund` this attempt is not counted. */
  async defer(error: TaskError | null, untilMs: number, refund: boolean): Promise<Written> {
    const event = {
      until: new Date(untilMs).toISOString(),
      attempt: this.attempt,
      ...(error === null ? {} : { error }),
    };
    return await this.#defer("delayed", "retrying", error, untilMs, refund, event);
  }

  /** Waits for a free slot; `untilMs` is when it looks again if nobody wakes it. */
  async park(untilMs: number, event: Payload): Promise<Written> {
    return await this.#defer("parked", "parked", null, untilMs, true, event);
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

  async #finish(
    status: FinalStatus,
    error: TaskError | null,
    result: TaskResult | null,
    letterId: string,
  ): Promise<Written> {
    const now = new Date();
    const event = { attempt: this.attempt, ...(error === null ? {} : { error }) };
    const { spec } = this;
    return written.parse(
      await this.#run(finishScript, [
        this.shard.prefix,
        spec.id,
        this.epoch,
        status,
        now.toISOString(),
        Math.floor(now.getTime() / 60_000),
        error === null ? "" : JSON.stringify(error),
        result === null ? "" : JSON.stringify(result),
        JSON.stringify(event),
        spec.workflow_id === null ? retentionSeconds : 0,
        letterId,
        error === null || letterId === "" ? "" : JSON.stringify(this.#deadLetter(letterId, error, now)),
        result?.usage === undefined ? "" : JSON.stringify(result.usage),
      ]),
    );
  }

  #deadLetter(id: string, error: TaskError, now: Date) {
    const { spec } = this;
    return {
      id,
      task_id: spec.id,
      agent: spec.agent,
      organization_id: spec.organization_id,
      workspace_id: spec.workspace_id,
      reason: error.code,
      attempts: this.attempt,
      failed_at: now.toISOString(),
      error,
      ...(spec.workflow_id === null ? {} : { workflow_id: spec.workflow_id }),
      ...(spec.step_id === null ? {} : { step_id: spec.step_id }),
    };
  }

  async #defer(
    status: "delayed" | "parked",
    what: string,
    error: TaskError | null,
    untilMs: number,
    refund: boolean,
    event: Payload,
  ): Promise<Written> {
    return written.parse(
      await this.#run(deferScript, [
        this.shard.prefix,
        this.spec.id,
        this.epoch,
        status,
        new Date().toISOString(),
        Math.round(untilMs),
        error === null ? "" : JSON.stringify(error),
        refund ? 1 : 0,
        what,
        JSON.stringify(event),
      ]),
    );
  }

  async #run(what: typeof finishScript, args: (string | number)[]): Promise<unknown> {
    return await this.#store.scripts.run(what, [this.shard.task(this.spec.id)], args);
  }
}
