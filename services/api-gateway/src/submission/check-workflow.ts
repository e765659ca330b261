/** A submitted workflow → the one to run: checked as a whole, with its workspace settled. A plan goes the same way. */
import { authorize, isAllowed, organizationFor, type Principal } from "@drover/access";
import type { WorkflowDefinition } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { currentTraceparent } from "@drover/observability";
import { type NewRun, settleWorkspace, workflowFaults } from "@drover/workflow";

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
    acrossWorkspaces: isAllowed(principal, "workflow:create", { organizationId }),
  };
}
