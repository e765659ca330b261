/** What a worker counts of its tasks. */
import type { Usage } from "@drover/contracts";
import { Counter, Histogram, type Registry } from "@drover/observability";

/** Most tools with a label of their own; the rest is `other`. */
const toolsMax = 50;

export class TaskMetrics {
  readonly #ended: Counter<"agent" | "outcome">;
  readonly #seconds: Histogram<"agent" | "outcome">;
  readonly #tokens: Counter<"agent" | "direction">;
  readonly #cost: Counter<"agent">;
  readonly #toolCalls: Counter<"agent" | "tool">;
  readonly #tools = new Set<string>();

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
    const registers = [registry];
    this.#tokens = new Counter({
      name: "drover_tokens_total",
      help: "Tokens that models took and gave.",
      labelNames: ["agent", "direction"],
      registers,
    });
    this.#cost = new Counter({
      name: "drover_cost_usd_total",
      help: "What that cost by the prices that are set, in US dollars.",
      labelNames: ["agent"],
      registers,
    });
    this.#toolCalls = new Counter({
      name: "drover_tool_calls_total",
      help: "Tools that agents called.",
      labelNames: ["agent", "tool"],
      registers,
    });
  }

  /** What one attempt has used. No workspaces here: they are too many for labels, and `GET /usage` tells them. */
  countUsage(agent: string, usage: Usage): void {
    if (usage.input_tokens > 0) this.#tokens.inc({ agent, direction: "input" }, usage.input_tokens);
    if (usage.output_tokens > 0) this.#tokens.inc({ agent, direction: "output" }, usage.output_tokens);
    if (usage.cost_usd > 0) this.#cost.inc({ agent }, usage.cost_usd);
    for (const [tool, calls] of Object.entries(usage.tool_calls ?? {}))
      this.#toolCalls.inc({ agent, tool: this.#toolLabel(tool) }, calls);
  }

  #toolLabel(tool: string): string {
    if (this.#tools.size < toolsMax) this.#tools.add(tool);
    return this.#tools.has(tool) ? tool : "other";
  }

  observe(agent: string, outcome: string, durationMs: number): void {
    this.#ended.inc({ agent, outcome });
    this.#seconds.observe({ agent, outcome }, durationMs / 1000);
  }
}
