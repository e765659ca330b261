/** What the expressions of a run can see. */
import type { Payload, TaskError } from "@drover/contracts";

export interface Scope {
  readonly inputs: Payload;
  /** By id: the steps that the expression names, where they have ended. */
  readonly steps: Readonly<Record<string, StepScope>>;
  /** The item of `for_each`; absent outside of it. */
  readonly item?: unknown;
  /** Its place in the list, from 0. */
  readonly index?: number;
  readonly run: { readonly id: string; readonly name: string; readonly workspace_id: string };
}

export interface StepScope {
  readonly status: string;
  /** Null where the step did not complete; the outputs in order where it was a `for_each`. */
  readonly output: unknown;
  readonly error: TaskError | null;
}

/** The scope as CEL takes it. */
export function celVariables(scope: Scope): Record<string, unknown> {
  return {
    inputs: scope.inputs,
    steps: scope.steps,
    run: scope.run,
    ...(scope.item === undefined ? {} : { item: scope.item }),
    ...(scope.index === undefined ? {} : { index: BigInt(scope.index) }),
  };
}
