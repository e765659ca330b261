/** Faults of ids and edges. */
import { composition, type WorkflowDefinition } from "@drover/contracts";
import type { Validation } from "@drover/errors";
import { buildGraph, type Graph } from "../graph.ts";

/** The graph is there only where it has no fault. */
export function graphFaults(definition: WorkflowDefinition): {
  faults: Validation[];
  graph: Graph | undefined;
} {
  const faults = [...idFaults(definition), ...dependencyFaults(definition)];
  if (faults.length > 0) return { faults, graph: undefined };
  const built = buildGraph(definition.steps);
  if ("graph" in built) return { faults, graph: built.graph };
  const detail = `the steps depend on each other in a cycle: ${built.cycle.join(" → ")}`;
  return { faults: [{ field: "steps", detail }], graph: undefined };
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

export function resultFaults({ steps, result }: WorkflowDefinition): Validation[] {
  const named = composition.safeParse(result);
  if (!named.success || !Array.isArray(named.data)) return [];
  const known = new Set(steps.map((step) => step.id));
  return named.data
    .filter((id) => !known.has(id))
    .map((id) => ({ field: "result", detail: `there is no step "${id}"` }));
}
