/** Faults of what expressions name: steps that do not come before, inputs that are not given, items where there are none. */
import type { WorkflowDefinition } from "@drover/contracts";
import type { Validation } from "@drover/errors";
import { dependenciesOf, type Graph } from "../graph.ts";
import { outOfOrder } from "./ancestry.ts";
import type { Mention } from "./mention.ts";

interface StepReference {
  readonly from: string;
  readonly to: string;
  readonly field: string;
}

/**
 * @param graph undefined where it has faults of its own: then it is not known what comes before what
 * @param inputs the names of the inputs; undefined where they are not known
 */
export function referenceFaults(
  { steps }: WorkflowDefinition,
  graph: Graph | undefined,
  inputs: readonly string[] | undefined,
  mentions: readonly Mention[],
): Validation[] {
  const known = new Set(steps.map((step) => step.id));
  const given = inputs === undefined ? undefined : new Set([...inputs, ...maybeAbsent(mentions)]);
  const faults: Validation[] = [];
  const open: StepReference[] = [];
  for (const mention of mentions) {
    faults.push(...itemFaults(mention), ...inputFaults(mention, given));
    for (const to of mention.expression.steps) {
      const { field, step } = mention;
      if (!known.has(to)) faults.push({ field, detail: `there is no step "${to}"` });
      else if (to !== step.id) open.push({ from: step.id, to, field });
      else if (mention.place !== "fallback") {
        faults.push({ field, detail: `"${to}" is this step itself, which has not run yet` });
      }
    }
  }
  return graph === undefined ? faults : [...faults, ...orderFaults(steps, graph, open)];
}

function itemFaults({ field, step, place, expression }: Mention): Validation[] {
  if (!expression.usesItem) return [];
  if (step.for_each !== undefined && (place === "work" || place === "fallback")) return [];
  return [{ field, detail: "item and index are there only in the parameters of a step with for_each" }];
}

/** Who asks anywhere whether an input is there expects that it may not be; where that was forgotten, the run tells. */
function maybeAbsent(mentions: readonly Mention[]): string[] {
  return mentions.flatMap(({ expression }) => expression.optionalInputs);
}

function inputFaults({ field, expression }: Mention, given: ReadonlySet<string> | undefined): Validation[] {
  if (given === undefined) return [];
  const names = given.size === 0 ? "there are none" : `there are ${[...given].slice(0, 20).join(", ")}`;
  return expression.inputs
    .filter((name) => !given.has(name))
    .map((name) => ({ field, detail: `there is no input "${name}"; ${names}` }));
}

function orderFaults(
  steps: WorkflowDefinition["steps"],
  graph: Graph,
  references: readonly StepReference[],
): Validation[] {
  const asking = new Set(references.map(({ from }) => from));
  const direct = new Map(
    steps.filter(({ id }) => asking.has(id)).map((step) => [step.id, new Set(dependenciesOf(step))]),
  );
  const indirect = references.filter(({ from, to }) => direct.get(from)?.has(to) !== true);
  return outOfOrder(graph, indirect).map(({ field, to }) => ({
    field,
    detail: `"${to}" need not come before this step: name it in depends_on`,
  }));
}
