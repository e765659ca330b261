/** A submitted workflow → the one to run: checked as a whole, with its workspace settled. A plan goes the same way. */
import { authorize, organizationFor, type Principal } from "@drover/access";
import type { WorkflowDefinition } from "@drover/contracts";
import { DroverError, type Validation } from "@drover/errors";
import { currentTraceparent } from "@drover/observability";
import { type NewRun, workflowFaults } from "@drover/workflow";
import { namedWorkspace } from "./named-workspace.ts";

/**
 * A run acts in one workspace. Where the workflow names none, the one that its steps name counts, so that no step silently
 * acts elsewhere than it says.
 */
function settleWorkspace(definition: WorkflowDefinition): { workspace?: string; faults: Validation[] } {
  let workspace = definition.workspace_id;
  const faults: Validation[] = [];
  for (const [index, step] of definition.steps.entries()) {
    const named = namedWorkspace(step.parameters);
    if (named === undefined) continue;
    workspace ??= named;
    if (named !== workspace) {
      const field = `steps[${index}].parameters.context.workspace_id`;
      faults.push({ field, detail: `"${named}" differs from the workflow's workspace "${workspace}"` });
    }
  }
  return { ...(workspace === undefined ? {} : { workspace }), faults };
}

/**
 * @param id of the run to be
 * @throws DroverError validation_failed with every fault, forbidden
 */
export function checkWorkflow(principal: Principal, definition: WorkflowDefinition, id: string): NewRun {
  const { workspace, faults } = settleWorkspace(definition);
  const validations = [...workflowFaults(definition), ...faults];
  if (validations.length > 0) throw new DroverError("validation_failed", { validations });
  const organizationId = organizationFor(principal, definition.organization_id);
  authorize(principal, "workflow:create", { organizationId, workspaceId: workspace ?? null });
  return {
    id,
    definition: workspace === undefined ? definition : { ...definition, workspace_id: workspace },
    organizationId,
    createdBy: principal.id,
    traceparent: currentTraceparent(),
  };
}
