/** The row of an approval, parsed as it leaves Redis, and the approval as the API shows it. */
import { type Approval, approvalKind, approvalStatus, decision, payload, timestamp } from "@drover/contracts";
import { z } from "zod";
import { json } from "./task-row.ts";

/** What was asked: the part that never changes. */
const approvalSpec = z.object({
  id: z.string(),
  kind: approvalKind,
  task_id: z.string(),
  workflow_id: z.string().nullable(),
  step_id: z.string().nullable(),
  organization_id: z.string(),
  workspace_id: z.string().nullable(),
  message: z.string(),
  data: payload,
  approvers: z.array(z.string()).nullable(),
  requested_at: timestamp,
  deadline: timestamp,
  default_decision: decision,
});
export type ApprovalSpec = z.infer<typeof approvalSpec>;

const rowSchema = z.object({
  spec: json(approvalSpec),
  status: approvalStatus,
  decision: decision.optional(),
  decided_by: z.string().optional(),
  decided_at: timestamp.optional(),
  comment: z.string().optional(),
  remember: z.literal("task").optional(),
});

/** Null where there is no row. An open one is shown as expired from its deadline on, whoever writes that down and when. */
export function parseApproval(fields: Record<string, string>): Approval | null {
  if (fields["spec"] === undefined) return null;
  const row = rowSchema.parse(fields);
  const overdue = row.status === "open" && Date.parse(row.spec.deadline) <= Date.now();
  return {
    ...row.spec,
    status: overdue ? "expired" : row.status,
    decision: row.decision ?? (overdue ? row.spec.default_decision : null),
    decided_by: row.decided_by ?? null,
    decided_at: row.decided_at ?? (overdue ? row.spec.deadline : null),
    comment: row.comment ?? null,
    remember: row.remember ?? null,
  };
}
