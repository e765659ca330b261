import { authorizeResource, requireApprover } from "@drover/access";
import { type Approval, decideApproval, idSchema } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

const approvalId = idSchema("approval");
const scopeOf = (approval: Approval) => ({
  organizationId: approval.organization_id,
  workspaceId: approval.workspace_id,
});

export const decideApprovalRoute = answering(decideApproval)(async (services, call) => {
  const { approval_id: id } = call.params;
  const found = approvalId.safeParse(id).success ? await services.approvals.find(id) : null;
  const approval = authorizeResource(call.principal, "approval:update", found, scopeOf);
  requireApprover(call.principal, approval.approvers, scopeOf(approval));
  return { status: 200, body: await services.approvals.decide(id, call.body, call.principal.id) };
});
