/**
 * What a task uses of its model and its tools, step by step, its sub-agents' steps included; and the end of what must not
 * go on: a task whose budget is used up, and a model that ends its answers without saying so, which OpenCode would ask again
 * for ever.
 */
import type { AgentContext } from "@drover/agent-kit";
import type { Usage } from "@drover/contracts";
import { RetryableFailure, type TaskFailure } from "@drover/errors";
import type { Part } from "@opencode-ai/sdk/v2";
import { type LinkedAbort, linkedAbort } from "../waiting/linked-abort.ts";
import type { SessionMessage } from "./outcome.ts";

type StepEnd = Extract<Part, { type: "step-finish" }>;

/** After these OpenCode asks the model again. */
const goingOn = new Set(["tool-calls", "unknown"]);

export interface SpendingOptions {
  readonly sessionId: string;
  readonly spent: AgentContext["spent"];
  /** The task's own. */
  readonly signal: AbortSignal;
  /** Told at once when the work must stop by itself, before another step begins. Must not throw. */
  readonly onStop: () => void;
}

export class Spending implements Disposable {
  readonly #options: SpendingOptions;
  readonly #abort: LinkedAbort;
  readonly #startedMs = Date.now();
  readonly #earlier = new Set<string>();
  /** Ended steps and calls of tools, by the ids of their parts. */
  readonly #counted = new Map<string, Part>();
  readonly #withTools = new Set<string>();
  #stopped: TaskFailure | null = null;

  constructor(options: SpendingOptions) {
    this.#options = options;
    this.#abort = linkedAbort(options.signal);
  }

  /** Aborted with the task, and when the work must stop by itself. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Why the work was stopped here; null: it was not. */
  get stopped(): TaskFailure | null {
    return this.#stopped;
  }

  /** What was there before this attempt is not this attempt's. */
  ignore(messages: readonly SessionMessage[]): void {
    for (const { parts } of messages) for (const part of parts) if (counts(part)) this.#earlier.add(part.id);
  }

  /** Takes a part as it stands now; the same part again changes nothing. */
  note(part: Part): void {
    if (this.#add(part) && part.type === "step-finish") this.#stepEnded(part);
  }

  /** Counts what events may have failed to tell, once the work has ended. */
  addAll(messages: readonly SessionMessage[]): void {
    for (const { parts } of messages) for (const part of parts) this.#add(part);
  }

  get usage(): Usage {
    return { ...usageOf(this.#counted.values()), duration_ms: Date.now() - this.#startedMs };
  }

  /** Tells what was used until now; without waiting, as whoever is told keeps it. */
  tell(): void {
    if (this.#counted.size > 0) void this.#options.spent(this.usage);
  }

  /** @returns whether it is new */
  #add(part: Part): boolean {
    if (part.type === "tool") this.#withTools.add(part.messageID);
    if (!counts(part) || this.#earlier.has(part.id) || this.#counted.has(part.id)) return false;
    this.#counted.set(part.id, part);
    return true;
  }

  #stepEnded(step: StepEnd): void {
    const isOwn = step.sessionID === this.#options.sessionId;
    // The last step of the task: the budget does not take away what is done.
    if (isOwn && !goingOn.has(step.reason)) return;
    if (isOwn && !this.#withTools.has(step.messageID)) {
      this.#stop(new RetryableFailure("incomplete_answer", "The model's answer ended in the middle."));
      return;
    }
    void this.#options.spent(this.usage).then((reached) => {
      if (reached !== null) this.#stop(reached);
    });
  }

  #stop(failure: TaskFailure): void {
    if (this.signal.aborted) return;
    this.#stopped = failure;
    this.#options.onStop();
    this.#abort.abort(failure);
  }

  [Symbol.dispose](): void {
    this.#abort[Symbol.dispose]();
  }
}

function counts(part: Part): boolean {
  if (part.type !== "tool") return part.type === "step-finish";
  return part.state.status === "completed" || part.state.status === "error";
}

/** What steps and calls have used together. */
export function usageOf(parts: Iterable<Part>): Usage {
  const usage = { input_tokens: 0, output_tokens: 0, cost_usd: 0 };
  const calls: Record<string, number> = {};
  for (const part of parts) {
    if (!counts(part)) continue;
    if (part.type === "tool") calls[part.tool] = (calls[part.tool] ?? 0) + 1;
    if (part.type !== "step-finish") continue;
    const { tokens, cost } = part;
    // OpenCode counts what came from the cache apart from the input.
    usage.input_tokens += tokens.input + tokens.cache.read + tokens.cache.write;
    usage.output_tokens += tokens.output + tokens.reasoning;
    usage.cost_usd += cost;
  }
  return { ...usage, tool_calls: calls };
}
