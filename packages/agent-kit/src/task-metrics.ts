/** What a worker counts of its tasks. */
import { Counter, Histogram, type Registry } from "@drover/observability";

export class TaskMetrics {
  readonly #ended: Counter<"agent" | "outcome">;
  readonly #seconds: Histogram<"agent" | "outcome">;

  constructor(registry: Registry) {
    const labelNames = ["agent", "outcome"] as const;
    this.#ended = new Counter({
      name: "drover_attempts_total",
      help: "Attempts of tasks that ended, by how.",
      labelNames,
      registers: [registry],
    });
    this.#seconds = new Histogram({
      name: "drover_attempt_duration_seconds",
      help: "How long attempts took.",
      labelNames,
      buckets: [0.005, 0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600],
      registers: [registry],
    });
  }

  observe(agent: string, outcome: string, durationMs: number): void {
    this.#ended.inc({ agent, outcome });
    this.#seconds.observe({ agent, outcome }, durationMs / 1000);
  }
}
