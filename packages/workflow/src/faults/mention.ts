/** An expression of a definition, with where it stands: what it names is checked when all are known. */
import type { WorkflowStep } from "@drover/contracts";
import type { Validation } from "@drover/errors";
import type { Expression } from "../expressions/expression.ts";

export interface Mention {
  /** Like `steps[2].when`. */
  readonly field: string;
  readonly step: WorkflowStep;
  /** `work`: the step's parameters, where an item may be named; `fallback`: those of its fallback, where also the step itself may. */
  readonly place: "when" | "for_each" | "work" | "fallback";
  readonly expression: Expression;
}

/** What a check finds: faults, and expressions that are well in themselves. */
export interface Findings {
  readonly faults: Validation[];
  readonly mentions: Mention[];
}
