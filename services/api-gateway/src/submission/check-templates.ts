/** Templates that a caller sends, checked as a whole: every fault of every one, and whether its agents are there to do it. */
import { agentNamed, type TemplateDefinition, type WorkflowDefinition } from "@drover/contracts";
import { DroverError, type Validation } from "@drover/errors";
import { templateFaults } from "@drover/workflow";
import type { Services } from "../services.ts";

/**
 * @param rootOf the path of a template in the request; empty: it is the request
 * @throws DroverError validation_failed with every fault
 */
export async function checkTemplates(
  services: Services,
  definitions: readonly TemplateDefinition[],
  rootOf: (position: number) => string,
): Promise<void> {
  const faults: Validation[] = [];
  for (const [position, definition] of definitions.entries()) {
    const root = rootOf(position);
    const first = definitions.findIndex(({ name }) => name === definition.name);
    if (first < position)
      faults.push({ field: `${root}.name`, detail: `is also the name of ${rootOf(first)}` });
    faults.push(...templateFaults(definition, root), ...(await agentFaults(services, definition, root)));
  }
  if (faults.length > 0) throw new DroverError("validation_failed", { validations: faults });
}

/** Steps whose agents take no work in this deployment, as the live registry says. */
export async function agentFaults(
  services: Services,
  { steps }: Pick<WorkflowDefinition, "steps">,
  root: string,
): Promise<Validation[]> {
  const before = root === "" ? "" : `${root}.`;
  const faults: Validation[] = [];
  for (const [index, step] of steps.entries()) {
    const named = [
      { agent: step.agent, field: `${before}steps[${index}].agent` },
      { agent: step.fallback?.agent, field: `${before}steps[${index}].fallback.agent` },
    ];
    for (const { agent, field } of named) {
      // What no agent is called, and what needs no worker, is told of or not by the checks of the workflow.
      if (agent === undefined || agentNamed(agent) === undefined) continue;
      const refusal = await services.agentGate.refusal(agent);
      if (refusal !== null) faults.push({ field, detail: refusal.detail ?? `${agent} takes no work` });
    }
  }
  return faults;
}
