/**
 * Parameters with expressions in them. A string that is one expression becomes its value, of whatever type; expressions
 * within a longer string become text. Keys are never expressions.
 */
import { fieldPath, type Payload } from "@drover/contracts";
import type { Expression } from "./expression.ts";
import type { ExpressionFault } from "./expression-fault.ts";
import { readTemplate, type TemplateNode } from "./read-template.ts";
import { resolveTemplate } from "./resolve-template.ts";
import type { Scope } from "./scope.ts";

export interface PlacedExpression {
  /** Like `context.files[0]`. */
  readonly path: string;
  readonly keys: readonly (string | number)[];
  readonly expression: Expression;
}

export interface ParameterTemplate {
  readonly expressions: readonly PlacedExpression[];
  /** Ids of the steps that the expressions name, each once. */
  readonly steps: readonly string[];
  /** @throws ExpressionFault with the path of the expression that has no value */
  resolve(scope: Scope): Payload;
}

export interface TemplateFault {
  readonly keys: readonly (string | number)[];
  readonly fault: ExpressionFault;
}

/** Parameters do not change, and a step with ten thousand items has one object of them. */
const kept = new WeakMap<Payload, ParameterTemplate>();

/**
 * @param parameters must not be changed afterwards
 * @throws ExpressionFault for the first expression that is none, with its path
 */
export function compileParameters(parameters: Payload): ParameterTemplate {
  const known = kept.get(parameters);
  if (known !== undefined) return known;
  const { template, faults } = readParameters(parameters);
  const [first] = faults;
  if (first !== undefined) throw first.fault.at(fieldPath(first.keys));
  kept.set(parameters, template);
  return template;
}

/**
 * Compiles what can be compiled and names every fault.
 * @param opaque keys of the parameters whose objects and lists are left as they are
 */
export function readParameters(
  parameters: Payload,
  opaque: readonly string[] = [],
): { template: ParameterTemplate; faults: readonly TemplateFault[] } {
  const expressions: PlacedExpression[] = [];
  const faults: TemplateFault[] = [];
  const found = { expressions, faults };
  const entries = Object.entries(parameters).map(([key, value]): [string, TemplateNode] => {
    const leave = opaque.includes(key) && typeof value === "object";
    return [key, leave ? { kind: "literal", value } : readTemplate(value, [key], found)];
  });
  const steps = [...new Set(expressions.flatMap(({ expression }) => expression.steps))];
  return { template: { expressions, steps, resolve: (scope) => resolveTemplate(entries, scope) }, faults };
}
