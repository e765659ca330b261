/**
 * Whether a consumer takes jobs, and how many at once. Several may have a reason to hold it; it goes on when the last of
 * them has gone. Jobs that run are left alone.
 */
import type { Worker } from "bullmq";

export class Intake {
  readonly #workers: readonly Worker[];
  readonly #concurrency: number;
  readonly #reasons = new Set<string>();
  /** One change at a time, in order. */
  #last: Promise<void> = Promise.resolve();

  constructor(workers: readonly Worker[], concurrency: number) {
    this.#workers = workers;
    this.#concurrency = concurrency;
  }

  /** Why it is held; empty when it is not. */
  get reasons(): readonly string[] {
    return [...this.#reasons];
  }

  async hold(reason: string): Promise<void> {
    this.#reasons.add(reason);
    await this.#apply();
  }

  async release(reason: string): Promise<void> {
    if (this.#reasons.delete(reason)) await this.#apply();
  }

  /** At most so many jobs at once; null: as many as usual. */
  narrow(concurrency: number | null): void {
    for (const worker of this.#workers)
      worker.concurrency = Math.max(1, Math.min(this.#concurrency, concurrency ?? this.#concurrency));
  }

  async #apply(): Promise<void> {
    this.#last = this.#last.then(async () => {
      const held = this.#reasons.size > 0;
      await Promise.all(this.#workers.map((worker) => (held ? worker.pause(true) : resume(worker))));
    });
    await this.#last;
  }
}

async function resume(worker: Worker): Promise<void> {
  if (!worker.isPaused() && worker.isRunning()) return;
  await worker.resume();
  // Its loop may have been about to end when it was told to go on.
  await new Promise((resolve) => setImmediate(resolve));
  if (!worker.isRunning()) await worker.resume();
}
