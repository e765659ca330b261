/**
 * The `rules` planner: keywords of the goal become steps. It needs no model and no network, and plans the same for the
 * same goal, so it is what a deployment without a model plans with.
 */
import type { Plan, WorkflowStep } from "@drover/contracts";
import { RetryableFailure } from "@drover/errors";
import { languageOf, topicsOf } from "./goal-topics.ts";
import type { Planner, PlanRequest } from "./planner.ts";
import { type PlanningRule, planningRules } from "./planning-rules.ts";
import { stepPrompt } from "./step-prompt.ts";

const nameCharactersMax = 80;
const descriptionCharactersMax = 4096;

/** When to look again whether an agent has come, in milliseconds. */
const noAgentRetryMs = 5_000;

export class RulesPlanner implements Planner {
  readonly name = "rules";

  async plan(request: PlanRequest, signal: AbortSignal): Promise<Plan> {
    signal.throwIfAborted();
    const { steps, leftOut } = planSteps(request);
    const only = steps.length === 0 ? singleStep(request) : null;
    const planned = only === null ? steps : [only];
    const [first] = request.goal.trim().split("\n");
    return {
      workflow: {
        name: (first || "Plan").slice(0, nameCharactersMax),
        description: request.goal.slice(0, descriptionCharactersMax),
        steps: planned,
        ...(request.workspace_id === undefined ? {} : { workspace_id: request.workspace_id }),
      },
      planner: this.name,
      explanation: explain(planned, leftOut, only !== null),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

interface Planned {
  readonly steps: WorkflowStep[];
  /** Steps that were wanted and that no agent is there for. */
  readonly leftOut: readonly string[];
}

function planSteps(request: PlanRequest): Planned {
  const topics = topicsOf(request);
  const steps: WorkflowStep[] = [];
  const leftOut: string[] = [];
  for (const rule of planningRules) {
    if (!topics.has(rule.topic)) continue;
    const after = rule.after.filter((id) => steps.some((step) => step.id === id));
    if (rule.kind === "opencode" && rule.unlessManifests === true && hasManifests(steps)) continue;
    const { agent, task } = targetOf(rule);
    // Manifests come from the steps before: without any there is nothing to deploy.
    if (!offers(request, agent, task) || (rule.kind === "deploy" && after.length === 0)) {
      leftOut.push(`${rule.stepId} (${agent} ${task})`);
      continue;
    }
    steps.push({
      id: rule.stepId,
      agent,
      task,
      parameters: parametersOf(rule, request),
      ...(after.length === 0 ? {} : { depends_on: after }),
    });
  }
  return { steps, leftOut };
}

/** `generate_api` writes manifests of its own. */
const hasManifests = (steps: readonly WorkflowStep[]) => steps.some((step) => step.task === "generate_api");

function targetOf(rule: PlanningRule): { agent: string; task: string } {
  if (rule.kind === "opencode") return { agent: "opencode", task: rule.action };
  if (rule.kind === "image") return { agent: "docker", task: "build" };
  return { agent: "kubernetes", task: "apply_manifest" };
}

function parametersOf(rule: PlanningRule, request: PlanRequest): Record<string, unknown> {
  if (rule.kind === "image") return { tag: `${slugOf(request.goal)}:latest` };
  if (rule.kind === "deploy") return {};
  const language = rule.action.startsWith("generate_") ? languageOf(request) : null;
  return { prompt: stepPrompt(rule.part, request), ...(language === null ? {} : { language }) };
}

/** A goal without a keyword is given to the coding agent as it stands. */
function singleStep(request: PlanRequest): WorkflowStep {
  if (!offers(request, "opencode", "prompt")) {
    throw new RetryableFailure("agent_unavailable", "No agent that could work on this goal is available.", {
      retryAfterMs: noAgentRetryMs,
    });
  }
  const prompt = stepPrompt("Do what the goal describes, in this workspace.", request);
  return { id: "work", agent: "opencode", task: "prompt", parameters: { prompt } };
}

function offers(request: PlanRequest, agent: string, action: string): boolean {
  const offered = request.agents.find(({ name }) => name === agent);
  return offered?.actions.some(({ name }) => name === action) ?? false;
}

const slugCharactersMax = 40;

/** A name that an image may have. */
function slugOf(goal: string): string {
  const words = goal.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.join("-").slice(0, slugCharactersMax).replace(/-$/, "") || "app";
}

function explain(steps: readonly WorkflowStep[], leftOut: readonly string[], single: boolean): string {
  const names = steps.map(({ id, agent, task }) => `${id} (${agent} ${task})`).join(", ");
  const found = single
    ? `The goal has none of the keywords that the rules know, so it is one step: ${names}.`
    : `Planned by the keywords of the goal: ${names}.`;
  if (leftOut.length === 0) return found;
  return `${found} Left out, because no agent for it is available: ${leftOut.join(", ")}.`;
}
