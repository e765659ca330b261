import { approval } from "../approval.ts";
import { basePath, defineOperation } from "../define-operation.ts";
import { listOf, listQuery } from "../list-query.ts";

/** Keys of `q` when listing approvals. */
export const approvalSearchKeys = ["status", "workflow", "task", "workspace", "organization"] as const;

export const listApprovals = defineOperation({
  id: "list_approvals",
  method: "get",
  path: `${basePath}/approvals`,
  summary: "List what waits, or waited, for somebody's decision",
  description: `Newest task first. Terms of q: ${approvalSearchKeys.join(", ")}.`,
  tag: "Approvals",
  requires: "approval:read",
  query: listQuery,
  responses: { 200: { description: "Approvals.", schema: listOf("approvals", approval) } },
});
