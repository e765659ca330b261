/** Faults of `when` and `for_each`, as far as they show before anything runs. */
import type { WorkflowStep } from "@drover/contracts";
import { compileExpression } from "../expressions/expression.ts";
import { ExpressionFault } from "../expressions/expression-fault.ts";
import type { Findings } from "./mention.ts";

const expected = {
  when: { types: ["bool", "dyn", "optional"], detail: "must be true or false" },
  for_each: { types: ["list", "dyn", "optional"], detail: "must be a list" },
} as const;

export function checkClause(
  step: WorkflowStep,
  place: "when" | "for_each",
  root: string,
  findings: Findings,
): void {
  const source = step[place];
  if (source === undefined) return;
  const field = `${root}.${place}`;
  try {
    const expression = compileExpression(source);
    findings.mentions.push({ field, step, place, expression });
    const { types, detail } = expected[place];
    if (!types.some((type) => expression.type.startsWith(type))) {
      findings.faults.push({ field, detail: `${detail}; it is of type ${expression.type}` });
    }
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error;
    findings.faults.push({ field, detail: error.message });
  }
}
