/**
 * Takes jobs from one queue on every shard, and tells BullMQ what became of each. The only file that knows how an outcome
 * is said to BullMQ.
 */
import { DelayedError, type Job, UnrecoverableError, WaitingChildrenError, Worker } from "bullmq";
import { backoffMs } from "./backoff.ts";
import { LedgerBackend, type PendingFinish } from "./bullmq/ledger-backend.ts";
import { recoveringBackend } from "./bullmq/recovering-backend.ts";
import { Intake } from "./intake.ts";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";

export type JobOutcome =
  | {
      readonly kind: "done";
      /** Written with the completion of the job, in the same instant: only where the consumer claims. */
      readonly finish?: PendingFinish;
    }
  /** Again at this time; retries, capacity and parking alike, since attempts are counted in the ledger. */
  | {
      readonly kind: "later";
      readonly untilMs: number;
      /** Called once the job is delayed. */
      readonly delayed?: () => Promise<void>;
    }
  /** Never again: BullMQ's failed set keeps it. */
  | { readonly kind: "dead"; readonly reason: string }
  /** Wake this job when its children are final. */
  | { readonly kind: "children" };

export interface ConsumerOptions {
  readonly store: Store;
  readonly queue: string;
  readonly concurrency: number;
  /** How long a worker that went silent keeps its jobs, in milliseconds. */
  readonly lockMs: number;
  /** `signal` aborts when the lock is lost. A throw means trouble with the engine itself: the job is tried again. */
  readonly handle: Handle;
  /**
   * For a queue whose jobs are tasks: arguments of the claim script, the id left open. Then a task is claimed as its job is
   * handed out, and `handle` is told what the claim answered.
   */
  readonly claimArguments?: (shard: Shard) => readonly (string | number)[];
}

/** @param claimed what the claim script answered; undefined: the task is not claimed yet */
export type Handle = (
  shard: Shard,
  jobId: string,
  signal: AbortSignal,
  claimed: unknown,
) => Promise<JobOutcome>;

/** How long a close waits for running jobs and for Redis. */
const closeMs = 15_000;

export class Consumer implements AsyncDisposable {
  /** Who may hold it, and why it is held. */
  readonly intake: Intake;
  readonly #workers: Worker[];
  readonly #store: Store;
  #active = 0;

  constructor(options: ConsumerOptions) {
    this.#store = options.store;
    this.#workers = options.store.keyspace.shards.map((shard) =>
      startWorker(options, shard, (by) => {
        this.#active += by;
      }),
    );
    this.intake = new Intake(this.#workers, options.concurrency);
  }

  /** How many jobs run in this process now. */
  get active(): number {
    return this.#active;
  }

  /** Stops taking jobs; those that run go on. */
  async stopIntake(): Promise<void> {
    await this.intake.hold("stopping");
  }

  /** Waits for running jobs, so abort them first; and not for ever, since Redis may be away. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = await Promise.allSettled(this.#workers.map(closeInTime));
    for (const outcome of closed) {
      if (outcome.status === "rejected")
        this.#store.logger.warn({ err: outcome.reason }, "a consumer did not close cleanly");
    }
  }
}

async function closeInTime(worker: Worker): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), closeMs);
  });
  try {
    // What is left then is given to another worker when its locks run out.
    if ((await Promise.race([worker.close(), late])) === "late")
      throw new Error(`it was not closed within ${closeMs} ms`);
  } finally {
    clearTimeout(timer);
  }
}

function startWorker(options: ConsumerOptions, shard: Shard, count: (by: 1 | -1) => void): Worker {
  const { store, lockMs, claimArguments } = options;
  const ledger =
    claimArguments === undefined ? null : new LedgerBackend({ claimArguments: () => claimArguments(shard) });
  // Three named parameters: BullMQ passes the signal only to a processor that declares it.
  const process = async (
    job: Job,
    token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<string> => {
    count(1);
    try {
      const id = job.id ?? "";
      const claimed = ledger?.takeClaim(id);
      const outcome = await options.handle(shard, id, signal ?? new AbortController().signal, claimed);
      if (outcome.kind === "done" && outcome.finish !== undefined) {
        if (ledger === null) throw new Error("a consumer that does not claim can't finish tasks");
        ledger.finishWith(id, outcome.finish);
      }
      return await tell(job, token, outcome);
    } finally {
      count(-1);
    }
  };
  const settings = {
    connection: store.connect("worker"),
    prefix: shard.prefix,
    concurrency: options.concurrency,
    lockDuration: lockMs,
    stalledInterval: Math.max(500, Math.round(lockMs / 2)),
    // A job may lose its worker as often as it has attempts; the ledger counts those.
    maxStalledCount: 1_000,
    drainDelay: 5,
    settings: { backoffStrategy: (attempt: number) => 500 + backoffMs(Math.min(attempt, 5)) },
  };
  const worker = new Worker(options.queue, process, settings, ledger?.factory ?? recoveringBackend);
  worker.on("error", (error) => store.logger.warn({ err: error, queue: options.queue }, "consumer error"));
  worker.on("lockRenewalFailed", (jobIds: string[]) => {
    for (const jobId of jobIds) worker.cancelJob(jobId, "lock lost");
  });
  worker.on("failed", (job, error) => {
    if (error instanceof UnrecoverableError) return;
    store.logger.warn(
      { err: error, queue: options.queue, job_id: job?.id },
      "a job could not be handled; it is tried again",
    );
  });
  return worker;
}

async function tell(job: Job, token: string | undefined, outcome: JobOutcome): Promise<string> {
  switch (outcome.kind) {
    case "done":
      return "done";
    case "later":
      await job.moveToDelayed(outcome.untilMs, token);
      await outcome.delayed?.();
      throw new DelayedError();
    case "dead":
      throw new UnrecoverableError(outcome.reason);
    case "children":
      // False where no child is pending any more: then the job runs again at once.
      if (await job.moveToWaitingChildren(token ?? "")) throw new WaitingChildrenError();
      await job.moveToDelayed(Date.now() + 50, token);
      throw new DelayedError();
  }
}
