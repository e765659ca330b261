/** Every fault of a workflow's definition at once, each with the path of its field. A plan is checked just the same. */
import {
  agentNamed,
  agentNames,
  composition,
  payloadFaults,
  type WorkflowDefinition,
} from "@drover/contracts";
import type { Validation } from "@drover/errors";
import { buildGraph } from "./graph.ts";

export function workflowFaults(definition: WorkflowDefinition): Validation[] {
  const ids = idFaults(definition);
  const dependencies = dependencyFaults(definition);
  return [
    ...ids,
    ...dependencies,
    ...(ids.length + dependencies.length === 0 ? cycleFaults(definition) : []),
    ...definition.steps.flatMap((_, index) => agentFaults(definition, index)),
    ...resultFaults(definition),
  ];
}

function idFaults({ steps }: WorkflowDefinition): Validation[] {
  const firstAt = new Map<string, number>();
  return steps.flatMap((step, index) => {
    const first = firstAt.get(step.id);
    if (first === undefined) {
      firstAt.set(step.id, index);
      return [];
    }
    return [{ field: `steps[${index}].id`, detail: `"${step.id}" is also the id of steps[${first}]` }];
  });
}

function dependencyFaults({ steps }: WorkflowDefinition): Validation[] {
  const known = new Set(steps.map((step) => step.id));
  return steps.flatMap((step, index) =>
    (step.depends_on ?? []).flatMap((dependency) =>
      known.has(dependency)
        ? []
        : [{ field: `steps[${index}].depends_on`, detail: `there is no step "${dependency}"` }],
    ),
  );
}

function cycleFaults({ steps }: WorkflowDefinition): Validation[] {
  const built = buildGraph(steps);
  return "cycle" in built
    ? [{ field: "steps", detail: `the steps depend on each other in a cycle: ${built.cycle.join(" → ")}` }]
    : [];
}

function agentFaults({ steps }: WorkflowDefinition, index: number): Validation[] {
  const step = steps[index];
  if (step === undefined) return [];
  const agent = agentNamed(step.agent);
  if (agent === undefined) {
    return [
      {
        field: `steps[${index}].agent`,
        detail: `there is no agent "${step.agent}"; there are ${agentNames.join(", ")}`,
      },
    ];
  }
  if (!Object.hasOwn(agent.actions, step.task)) {
    const actions = Object.keys(agent.actions).join(", ");
    return [
      {
        field: `steps[${index}].task`,
        detail: `${agent.name} has no action "${step.task}"; it has ${actions}`,
      },
    ];
  }
  return payloadFaults(agent, step.task, step.parameters ?? {}, `steps[${index}].parameters`);
}

function resultFaults({ steps, result }: WorkflowDefinition): Validation[] {
  const named = composition.safeParse(result);
  if (!named.success || !Array.isArray(named.data)) return [];
  const known = new Set(steps.map((step) => step.id));
  return named.data
    .filter((id) => !known.has(id))
    .map((id) => ({ field: "result", detail: `there is no step "${id}"` }));
}
