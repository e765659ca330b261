/**
 * The `llm` planner: asks any OpenAI-compatible model for a plan, checks what comes back, and sends the faults back for
 * repair at most twice. Nothing that the model writes is executed here.
 */
import type { Plan } from "@drover/contracts";
import { PermanentFailure, RetryableFailure, type Validation } from "@drover/errors";
import { ModelEndpoint, type ModelEndpointOptions, type ModelMessage } from "./model-endpoint.ts";
import { type CheckWorkflow, describeFaults, planFaults } from "./plan-faults.ts";
import { planInstructions, planRequestPrompt, repairPrompt } from "./plan-prompt.ts";
import type { Planner, PlanProgress, PlanRequest } from "./planner.ts";
import { type ReadPlan, readPlan } from "./read-plan.ts";

/** One plan and two repairs. */
const callsMax = 3;
/** How much of a faulty answer the model gets to see again, in characters. */
const answerShownCharactersMax = 64 * 1024;
const noAgentRetryMs = 5_000;

export class LlmPlanner implements Planner {
  readonly name = "llm";
  readonly #endpoint: ModelEndpoint;
  readonly #check: CheckWorkflow;

  constructor(options: ModelEndpointOptions, check: CheckWorkflow) {
    this.#endpoint = new ModelEndpoint(options);
    this.#check = check;
  }

  async plan(
    request: PlanRequest,
    signal: AbortSignal,
    onProgress: (progress: PlanProgress) => void = () => {},
  ): Promise<Plan> {
    signal.throwIfAborted();
    if (request.agents.length === 0) {
      throw new RetryableFailure("agent_unavailable", "No agent that could be planned for is available.", {
        retryAfterMs: noAgentRetryMs,
      });
    }
    const messages: ModelMessage[] = [
      { role: "system", content: planInstructions },
      { role: "user", content: planRequestPrompt(request) },
    ];
    let faults: readonly Validation[] = [];
    for (let call = 1; call <= callsMax; call += 1) {
      const { text, inputTokens, outputTokens } = await this.#endpoint.complete(messages, signal);
      const read = this.#judge(text, request);
      faults = "faults" in read ? read.faults : [];
      onProgress({ kind: "model_call", call, inputTokens, outputTokens, faults: faults.length });
      if (!("faults" in read)) return { ...read, planner: this.name };
      messages.splice(2, messages.length, ...faultyAnswer(text, faults));
    }
    throw new PermanentFailure("plan_invalid", `The model gave no valid plan: ${describeFaults(faults)}`);
  }

  #judge(text: string, request: PlanRequest): ReadPlan {
    const read = readPlan(text, request);
    if ("faults" in read) return read;
    const faults = planFaults(read.workflow, request, this.#check);
    return faults.length === 0 ? read : { faults };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#endpoint[Symbol.asyncDispose]();
  }
}

/** Only the last answer is shown again, so that the request does not grow with each repair. */
function faultyAnswer(text: string, faults: readonly Validation[]): ModelMessage[] {
  return [
    { role: "assistant", content: text.slice(0, answerShownCharactersMax) },
    { role: "user", content: repairPrompt(faults) },
  ];
}
