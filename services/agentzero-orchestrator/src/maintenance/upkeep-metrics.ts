/** What upkeep counts: leaks that were mended, what was forgotten, and what a pass costs. */
import { leakKinds } from "@drover/contracts";
import { Counter, Histogram, type Registry } from "@drover/observability";
import type { Repaired, Retired } from "@drover/queue";

export class UpkeepMetrics {
  readonly #repaired: Counter<"kind">;
  readonly #forgotten: Counter<"what">;
  readonly #seconds: Histogram<"part">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#repaired = new Counter({
      name: "drover_leaks_repaired_total",
      help: "Leaks that upkeep found and mended, by kind.",
      labelNames: ["kind"],
      registers,
    });
    this.#forgotten = new Counter({
      name: "drover_forgotten_total",
      help: "What was deleted because it was old or too much.",
      labelNames: ["what"],
      registers,
    });
    this.#seconds = new Histogram({
      name: "drover_upkeep_duration_seconds",
      help: "How long each part of a pass took.",
      labelNames: ["part"],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 2, 5],
      registers,
    });
    // From the start, so that a rate is there before the first leak.
    for (const kind of leakKinds) this.#repaired.inc({ kind }, 0);
  }

  repaired(repaired: Repaired): void {
    for (const [kind, count] of Object.entries(repaired)) this.#repaired.inc({ kind }, count);
  }

  retired(retired: Retired): void {
    this.#forgotten.inc({ what: "task" }, retired.tasks);
    this.#forgotten.inc({ what: "run" }, retired.runs);
    this.#forgotten.inc({ what: "dead_letter" }, retired.deadLetters);
  }

  /** Runs a part of a pass and takes its time. */
  async time<T>(part: string, work: () => Promise<T>): Promise<T> {
    const end = this.#seconds.startTimer({ part });
    try {
      return await work();
    } finally {
      end();
    }
  }
}
