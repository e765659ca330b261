/**
 * What an attempt uses: told to the ledger as it goes, so that it is counted even if the worker dies, held against the
 * budgets of the task, its workspace and its organization, and handed over with what came of the attempt.
 */
import { noUsage, sumOfUsage, type TaskBudget, type Usage } from "@drover/contracts";
import { PermanentFailure, toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import { describeBudget, type TaskClaim } from "@drover/queue";

/** An attempt that used nothing and was over sooner is not worth a line in the books. */
const countedMsMin = 1_000;
/** Most tools that are told apart, and the longest name: servers of tools may offer anything. */
const toolsMax = 64;
const toolNameMax = 64;
const otherTools = "other";

export class AttemptSpending {
  readonly #claim: TaskClaim;
  readonly #logger: Logger;
  readonly #earlier: Promise<Usage>;
  readonly #startedMs = Date.now();
  #last: Usage | null = null;

  constructor(claim: TaskClaim, logger: Logger) {
    this.#claim = claim;
    this.#logger = logger;
    // Only a budget makes it matter what earlier attempts have used.
    const asked = claim.spec.budget === null ? Promise.resolve(null) : claim.usedBefore();
    this.#earlier = asked.then((used) => used ?? noUsage);
    this.#earlier.catch(() => undefined);
  }

  /** See `AgentContext.spent`. */
  async spent(usage: Usage): Promise<PermanentFailure | null> {
    this.#last = withFewTools(usage);
    try {
      const { budget } = this.#claim.spec;
      const reached = budget === null ? null : usedUp(budget, sumOfUsage(await this.#earlier, this.#last));
      const scope = await this.#claim.spend(this.#soFar(this.#last));
      if (reached !== null) return new PermanentFailure("budget_exceeded", reached);
      return scope === null
        ? null
        : new PermanentFailure("budget_exceeded", describeBudget(scope, Date.now()));
    } catch (error) {
      // It is told again, at the latest with what came of the attempt.
      this.#logger.warn({ err: toError(error) }, "what the task has used could not be written");
      return null;
    }
  }

  /**
   * All that the attempt has used; null: nothing worth writing.
   * @param told by the agent's result, where it has one: for agents that say nothing as they go
   */
  total(told?: Usage): Usage | null {
    const usage = this.#last ?? (told === undefined ? null : withFewTools(told));
    const durationMs = Date.now() - this.#startedMs;
    if (usage === null && durationMs < countedMsMin) return null;
    return this.#soFar(usage ?? noUsage);
  }

  #soFar(usage: Usage): Usage {
    return { ...usage, duration_ms: Date.now() - this.#startedMs };
  }
}

/** Which limit is reached, in words; null: none. */
function usedUp(budget: TaskBudget, used: Usage): string | null {
  const calls = Object.values(used.tool_calls ?? {}).reduce((sum, count) => sum + count, 0);
  const limits = [
    { most: budget.cost_usd, used: Math.round(used.cost_usd * 1e6) / 1e6, what: "USD" },
    { most: budget.input_tokens, used: used.input_tokens, what: "input tokens" },
    { most: budget.output_tokens, used: used.output_tokens, what: "output tokens" },
    { most: budget.tool_calls, used: calls, what: "tool calls" },
  ];
  for (const limit of limits) {
    if (limit.most !== undefined && limit.used >= limit.most)
      return `The task has used ${limit.used} of ${limit.most} ${limit.what} of its budget.`;
  }
  return null;
}

function withFewTools(usage: Usage): Usage {
  const calls = usage.tool_calls;
  if (calls === undefined) return usage;
  const few: Record<string, number> = {};
  for (const [tool, count] of Object.entries(calls)) {
    const name = tool.replace(/[^\w.:-]/g, "_").slice(0, toolNameMax);
    const known = Object.hasOwn(few, name) || Object.keys(few).length < toolsMax;
    const under = known ? name : otherTools;
    few[under] = (few[under] ?? 0) + count;
  }
  return { ...usage, tool_calls: few };
}
