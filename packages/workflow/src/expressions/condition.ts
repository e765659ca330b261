/** `when`: whether a step is to run. */
import type { Expression } from "./expression.ts";
import { ExpressionFault } from "./expression-fault.ts";
import type { Scope } from "./scope.ts";

/** @throws ExpressionFault also where the value is neither true nor false: nothing else counts as one of them */
export function condition(expression: Expression, scope: Scope): boolean {
  const value = expression.evaluate(scope);
  if (typeof value !== "boolean") {
    throw new ExpressionFault(expression.source, "the value is neither true nor false");
  }
  return value;
}
