/**
 * The CEL that expressions are written in: which names there are, and what Drover adds to the standard.
 * Numbers come from JSON and are doubles to CEL, which refuses `inputs.count + 1` by the letter; here a double and an
 * integer give a double.
 */
import { Environment } from "@marcbachmann/cel-js";
import { expressionFunctions } from "./expression-functions.ts";

const nodesMax = 2000;
const depthMax = 64;

const arithmetic: Record<string, (left: number, right: number) => number> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "%": (left, right) => left % right,
};

export const celEnvironment = makeEnvironment();

function makeEnvironment(): Environment {
  const environment = new Environment({
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    limits: { maxAstNodes: nodesMax, maxDepth: depthMax },
  })
    .registerVariable("inputs", "map")
    .registerVariable("steps", "map")
    .registerVariable("run", "map")
    .registerVariable("item", "dyn")
    .registerVariable("index", "int");
  for (const [operator, compute] of Object.entries(arithmetic)) {
    const mixed = (left: number | bigint, right: number | bigint) => compute(Number(left), Number(right));
    environment.registerOperator(`double ${operator} int`, mixed);
    environment.registerOperator(`int ${operator} double`, mixed);
  }
  environment.registerOperator("double % double", (left: number, right: number) => left % right);
  for (const { signature, compute } of expressionFunctions) environment.registerFunction(signature, compute);
  return environment;
}
