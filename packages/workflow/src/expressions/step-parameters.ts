/** The parameters of a step as a template: all of them, but for the definition of a child workflow, which is the child's. */
import { control, fieldPath, type Payload } from "@drover/contracts";
import { compileParameters, type ParameterTemplate, readParameters } from "./parameter-template.ts";

interface Work {
  readonly agent: string;
  readonly task: string;
  readonly parameters?: Payload | undefined;
}

const none: Payload = {};

/** The keys of a step's parameters that hold expressions of somebody else's scope. */
export function opaqueParameters({ agent, task }: Work): readonly string[] {
  return agent === control.name && task === "workflow" ? ["workflow"] : [];
}

/**
 * @param work a step, or the fallback of one
 * @throws ExpressionFault for the first expression that is none, with its path
 */
export function compileStepParameters(work: Work): ParameterTemplate {
  const opaque = opaqueParameters(work);
  if (opaque.length === 0) return compileParameters(work.parameters ?? none);
  const { template, faults } = readParameters(work.parameters ?? none, opaque);
  const [first] = faults;
  if (first !== undefined) throw first.fault.at(fieldPath(first.keys));
  return template;
}
