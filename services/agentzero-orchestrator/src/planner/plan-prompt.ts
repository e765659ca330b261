/**
 * What the `llm` planner asks the model. The first lines of the request can be read by a machine, too: that is how the
 * demo model finds them.
 */
import type { Validation } from "@drover/errors";
import { describeFaults } from "./plan-faults.ts";
import type { PlannableAction, PlannableAgent, PlanRequest } from "./planner.ts";

/** How many steps a plan may have. A person may post more; a model that writes more has lost its way. */
export const plannedStepsMax = 50;

export const planInstructions = `You plan work for software agents. Answer with one JSON object and nothing else:
{"workflow": {"name": "...", "steps": [{"id": "...", "agent": "...", "task": "...", "parameters": {}, "depends_on": []}]}, "explanation": "..."}

- "agent" is one of the agents that are listed, "task" one of its actions. Use no others.
- "parameters" holds the fields of that action's schema, and no others. Leave workspaces out of it.
- "id" is unique, 1 to 64 letters, digits, dashes or underscores.
- "depends_on" lists the ids of the steps that must be done first. Steps that need nothing from each other should not wait
  for each other. There must be no cycle.
- A step sees the results of the steps it depends on, not yet those of others. Say in each prompt what that step has to do and
  heed the constraints.
- Use as few steps as the goal needs, at most ${plannedStepsMax}.
- "explanation" says in one or two sentences why the plan is so.`;

/** What fits, generously, into the window of a model beside the answer, in characters. */
const schemasCharactersMax = 60_000;

export function planRequestPrompt(request: PlanRequest): string {
  const head = [
    "Request: workflow_plan",
    `Goal: ${request.goal.replace(/\s+/g, " ").trim()}`,
    ...(request.workspace_id === undefined ? [] : [`Workspace: ${request.workspace_id}`]),
    ...request.agents.map(
      ({ name, actions }) => `Agent: ${name}: ${actions.map((action) => action.name).join(", ")}`,
    ),
  ];
  const constraints = request.constraints ?? [];
  const sections = [
    head.join("\n"),
    `# The goal in full\n${request.goal}`,
    ...(constraints.length === 0
      ? []
      : [`# Constraints\n${constraints.map((text) => `- ${text}`).join("\n")}`]),
    `# Actions and their parameters\n${describeActions(request.agents)}`,
  ];
  return sections.join("\n\n");
}

/** Actions with the same parameters share one schema. */
function describeActions(agents: readonly PlannableAgent[]): string {
  const blocks = agents.map(({ name, actions }) => {
    const bySchema = new Map<string, PlannableAction[]>();
    for (const action of actions) {
      const schema = JSON.stringify(action.parametersSchema);
      bySchema.set(schema, [...(bySchema.get(schema) ?? []), action]);
    }
    const groups = [...bySchema].map(([schema, group]) =>
      [
        ...group.map((action) => `- ${name} ${action.name}: ${action.description}`),
        `  parameters: ${schema}`,
      ].join("\n"),
    );
    return groups.join("\n");
  });
  return blocks.join("\n").slice(0, schemasCharactersMax);
}

export function repairPrompt(faults: readonly Validation[]): string {
  return `This plan cannot be used. Its faults: ${describeFaults(faults)}\nAnswer with the whole corrected JSON object and nothing else.`;
}
