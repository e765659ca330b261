/** The part of upkeep that makes schedules run: their firings come as jobs of the queue `maintenance`. */
import type { JobOutcome, Shard, Store } from "@drover/queue";
import { firingOf, ScheduleRunner } from "@drover/workflow";

/** How often the clocks of all schedules are looked at. */
const mendEveryMs = 60_000;

export class ScheduleFirings {
  readonly #runner: ScheduleRunner;
  readonly #store: Store;
  readonly #mendedAtMs = new Map<number, number>();

  constructor(store: Store) {
    this.#store = store;
    this.#runner = new ScheduleRunner(store);
  }

  /** Null for a job that is no firing. */
  async handle(shard: Shard, jobId: string): Promise<JobOutcome | null> {
    const firing = firingOf(jobId);
    if (firing === null) return null;
    const came = await this.#runner.fire(shard, firing.address, firing.fireMs);
    this.#store.logger.info({ schedule: firing.address.name, came }, "schedule fired");
    return { kind: "done" };
  }

  /** Waiting firings whose turn has come, what a kill left half done, and now and then the clocks themselves. */
  async sweep(shard: Shard): Promise<{ began: number; mended: number }> {
    const began = await this.#runner.settle(shard);
    const dueMs = (this.#mendedAtMs.get(shard.number) ?? 0) + mendEveryMs;
    if (Date.now() < dueMs) return { began, mended: 0 };
    const mended = await this.#runner.mendClocks(shard);
    this.#mendedAtMs.set(shard.number, Date.now());
    return { began, mended };
  }
}
