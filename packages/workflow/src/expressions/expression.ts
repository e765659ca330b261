/** An expression: CEL over the inputs of a run and the steps that it has passed. Pure; never `eval`. */

import { expressionLengthMax } from "@drover/contracts";
import { EvaluationError, ParseError, type ParseResult, TypeError as TypeFault } from "@marcbachmann/cel-js";
import { boundedCall, OutOfTime } from "./bounded-call.ts";
import { celEnvironment } from "./cel-environment.ts";
import { ExpressionFault, positionIn } from "./expression-fault.ts";
import { namedReferences, type References } from "./named-references.ts";
import { plainJson, UnfitValue } from "./plain-json.ts";
import { celVariables, type Scope } from "./scope.ts";

export interface Expression extends Pick<References, "steps" | "inputs" | "optionalInputs" | "usesItem"> {
  readonly source: string;
  /** Its type as far as it is known before it runs, as CEL names it: `bool`, `list<int>`, `dyn` for whatever. */
  readonly type: string;
  /**
   * @returns a value of JSON
   * @throws ExpressionFault: a name that is not there, a type that does not fit, a value that is too large, too much time
   */
  evaluate(scope: Scope): unknown;
}

const keptMax = 1000;
const kept = new Map<string, Expression>();

/**
 * Compiles an expression; the same source once, as long as it is not forgotten.
 * @throws ExpressionFault that names the position
 */
export function compileExpression(source: string): Expression {
  const known = kept.get(source);
  if (known !== undefined) {
    kept.delete(source);
    kept.set(source, known);
    return known;
  }
  const compiled = compile(source);
  const [oldest] = kept.keys();
  if (kept.size >= keptMax && oldest !== undefined) kept.delete(oldest);
  kept.set(source, compiled);
  return compiled;
}

function compile(source: string): Expression {
  if (source.length > expressionLengthMax) {
    throw new ExpressionFault(source, `there are more than ${expressionLengthMax} characters`);
  }
  if (source.trim() === "") throw new ExpressionFault(source, "there is nothing");
  const program = inOurWords(source, () => celEnvironment.parse(source));
  const references = namedReferences(program.ast);
  const { steps, inputs, optionalInputs, usesItem, simple, unnamedStepAt } = references;
  if (unnamedStepAt !== undefined) {
    const place = positionIn(source, unnamedStepAt);
    throw new ExpressionFault(source, `name the step, like steps.build or steps["build-it"], ${place}`);
  }
  const checked = program.check();
  if (!checked.valid) throw toFault(source, checked.error);
  const evaluate = simple
    ? (scope: Scope) => program(celVariables(scope))
    : (scope: Scope) => watched(source, scope);
  return {
    source,
    steps,
    inputs,
    optionalInputs,
    usesItem,
    type: checked.type ?? "dyn",
    evaluate: (scope) => inOurWords(source, () => plainJson(evaluate(scope))),
  };
}

/** Parsed anew each time: a parsed loop keeps its last values, and one that was interrupted is in no good state. */
function watched(source: string, scope: Scope): unknown {
  const program: ParseResult = celEnvironment.parse(source);
  return boundedCall(() => program(celVariables(scope)));
}

function inOurWords<Result>(source: string, compute: () => Result): Result {
  try {
    return compute();
  } catch (error) {
    throw toFault(source, error);
  }
}

function toFault(source: string, error: unknown): ExpressionFault {
  if (error instanceof ParseError || error instanceof EvaluationError || error instanceof TypeFault) {
    const place = error.range === undefined ? "" : ` ${positionIn(source, error.range.start)}`;
    return new ExpressionFault(source, `${error.summary}${hint(source, error.summary)}${place}`);
  }
  if (error instanceof UnfitValue) return new ExpressionFault(source, error.message);
  if (error instanceof OutOfTime) return new ExpressionFault(source, `evaluating it ${error.message}`);
  // What JavaScript itself throws: a stack that is too deep, a text that is too long, a time zone that is none.
  return new ExpressionFault(source, error instanceof Error ? error.message : "it has no value");
}

/** The mistakes that people make most. */
function hint(source: string, summary: string): string {
  if (source.includes("${{")) return " (write it without ${{ }})";
  if (summary === "Unknown variable: item" || summary === "Unknown variable: index") {
    return " (it is there only in the parameters of a step with for_each)";
  }
  if (summary.startsWith("Unknown variable") && /\bsteps\.\w+-/.test(source)) {
    return ' (a step whose id has a dash is written steps["my-step"])';
  }
  return "";
}
