import { expect, test } from "vitest";
import { condition } from "./condition.ts";
import { compileExpression } from "./expression.ts";
import { ExpressionFault } from "./expression-fault.ts";
import { fanOut } from "./fan-out.ts";
import { exampleScope } from "./scope.fixture.ts";

test("a condition is true or false, and nothing else counts as one of them", () => {
  expect(condition(compileExpression('steps.build.status == "completed"'), exampleScope)).toBe(true);
  expect(condition(compileExpression("inputs.count > 5"), exampleScope)).toBe(false);
  for (const source of ["inputs.count", "inputs.tag", "inputs.nothing", "inputs.flags"]) {
    expect(() => condition(compileExpression(source), exampleScope)).toThrow(ExpressionFault);
  }
});

test("a fan-out is a list of at most 10,000 items, in its order", () => {
  expect(fanOut(compileExpression("inputs.flags"), exampleScope)).toEqual(["a", "b", "c"]);
  expect(fanOut(compileExpression("[]"), exampleScope)).toEqual([]);
  expect(() => fanOut(compileExpression("inputs.tag"), exampleScope)).toThrow(/not a list/);
  expect(() => fanOut(compileExpression("inputs.deep"), exampleScope)).toThrow(/not a list/);
  expect(fanOut(compileExpression("range(10000)"), exampleScope)).toHaveLength(10_000);
  expect(() => fanOut(compileExpression("range(10000) + [1]"), exampleScope)).toThrow(/10001 items/);
});
