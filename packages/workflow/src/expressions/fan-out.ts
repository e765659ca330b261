/** `for_each`: the items that a step is to run for. */
import type { Expression } from "./expression.ts";
import { ExpressionFault } from "./expression-fault.ts";
import type { Scope } from "./scope.ts";

export const fanOutMax = 10_000;

/** @throws ExpressionFault also where the value is no list, or one of more than {@link fanOutMax} items */
export function fanOut(expression: Expression, scope: Scope): readonly unknown[] {
  const value = expression.evaluate(scope);
  if (!Array.isArray(value)) throw new ExpressionFault(expression.source, "the value is not a list");
  if (value.length > fanOutMax) {
    const reason = `the list has ${value.length} items, of at most ${fanOutMax}`;
    throw new ExpressionFault(expression.source, reason);
  }
  return value;
}
