/** What is too large to be looked at more closely. */
import type { WorkflowDefinition } from "@drover/contracts";
import type { Validation } from "@drover/errors";
import { jsonNesting } from "./json-nesting.ts";

const edgesMax = 100_000;
const definitionBytesMax = 4 * 1024 * 1024;
const nestingMax = 32;

export function sizeFaults(definition: WorkflowDefinition): Validation[] {
  const nesting = nestingFaults(definition);
  // Writing out what is nested too deep would overflow the stack.
  return [...nesting, ...edgeFaults(definition), ...(nesting.length === 0 ? byteFaults(definition) : [])];
}

function nestingFaults({ inputs, steps }: WorkflowDefinition): Validation[] {
  const named: [string, unknown][] = [["inputs", inputs]];
  for (const [index, step] of steps.entries()) {
    named.push([`steps[${index}].parameters`, step.parameters]);
    named.push([`steps[${index}].fallback.parameters`, step.fallback?.parameters]);
  }
  return named
    .filter(([, value]) => jsonNesting(value, nestingMax) > nestingMax)
    .map(([field]) => ({ field, detail: `must not be nested deeper than ${nestingMax} levels` }));
}

function edgeFaults({ steps }: WorkflowDefinition): Validation[] {
  const edges = steps.reduce((sum, step) => sum + (step.depends_on?.length ?? 0), 0);
  if (edges <= edgesMax) return [];
  return [
    { field: "steps", detail: `the steps have ${edges} dependencies together, of at most ${edgesMax}` },
  ];
}

function byteFaults(definition: WorkflowDefinition): Validation[] {
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  if (bytes <= definitionBytesMax) return [];
  return [
    { field: "(body)", detail: `the workflow has ${bytes} bytes as JSON, of at most ${definitionBytesMax}` },
  ];
}
