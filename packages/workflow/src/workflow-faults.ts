/** Every fault of a workflow's definition at once, each with the path of its field. A plan is checked just the same. */
import type { WorkflowDefinition } from "@drover/contracts";
import type { Validation } from "@drover/errors";
import { childFaults } from "./faults/child-faults.ts";
import { checkClause } from "./faults/clause-faults.ts";
import { graphFaults, resultFaults } from "./faults/graph-faults.ts";
import type { Findings } from "./faults/mention.ts";
import { referenceFaults } from "./faults/reference-faults.ts";
import { sizeFaults } from "./faults/size-faults.ts";
import { checkWork } from "./faults/work-faults.ts";

export interface KnownInputs {
  /** The names that a run may be given, where they are declared elsewhere, as by a template. */
  readonly inputs?: readonly string[];
}

/** @returns what is too large, if anything is; else all faults. An empty list: the workflow can run */
export function workflowFaults(definition: WorkflowDefinition, known: KnownInputs = {}): Validation[] {
  const own = definition.inputs === undefined ? undefined : Object.keys(definition.inputs);
  const tooLarge = sizeFaults(definition);
  return tooLarge.length > 0 ? tooLarge : definitionFaults(definition, known.inputs ?? own, 0);
}

function definitionFaults(
  definition: WorkflowDefinition,
  inputs: readonly string[] | undefined,
  depth: number,
): Validation[] {
  const { faults, graph } = graphFaults(definition);
  const findings: Findings = { faults, mentions: [] };
  for (const [index, step] of definition.steps.entries()) {
    const root = `steps[${index}]`;
    checkClause(step, "when", root, findings);
    checkClause(step, "for_each", root, findings);
    checkWork(step, step, root, findings);
    faults.push(...childFaults(step, root, depth, definitionFaults));
    if (step.fallback === undefined) continue;
    checkWork(step, step.fallback, `${root}.fallback`, findings);
    faults.push(...childFaults(step.fallback, `${root}.fallback`, depth, definitionFaults));
  }
  return [
    ...faults,
    ...referenceFaults(definition, graph, inputs, findings.mentions),
    ...resultFaults(definition),
  ];
}
