import { z } from "zod";
import { approval, approvalDecision } from "../approval.ts";
import { basePath, defineOperation } from "../define-operation.ts";

export const decideApproval = defineOperation({
  id: "decide_approval",
  method: "post",
  path: `${basePath}/approvals/{approval_id}`,
  summary: "Allow or deny what a task waits for",
  description:
    "Counts once, and only before the deadline. Where approvers are named, only they may decide. Of an agent's question, the comment is the answer.",
  tag: "Approvals",
  requires: "approval:update",
  params: z.object({ approval_id: z.string().max(128) }),
  body: approvalDecision,
  responses: { 200: { description: "The approval, decided.", schema: approval } },
  errors: ["already_decided", "approval_expired", "already_final"],
});
