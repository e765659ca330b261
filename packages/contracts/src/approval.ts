/** An approval: something that a person decides, once and before a deadline, while a task waits for it. */
import { z } from "zod";
import { idSchema } from "./ids.ts";
import { timestamp } from "./names.ts";
import { payload } from "./task.ts";

/** `approval`: a step of a workflow asks. `permission` and `question`: an agent asks in the middle of its work. */
export const approvalKind = z.enum(["approval", "permission", "question"]);
export type ApprovalKind = z.infer<typeof approvalKind>;

export const approvalStatuses = ["open", "allowed", "denied", "expired", "cancelled"] as const;
/** `expired`: nobody decided in time, so that its default counts. `cancelled`: its task ended without it. */
export const approvalStatus = z.enum(approvalStatuses);
export type ApprovalStatus = z.infer<typeof approvalStatus>;

export const decision = z.enum(["allow", "deny"]);
export type Decision = z.infer<typeof decision>;

export const approval = z.object({
  id: idSchema("approval"),
  kind: approvalKind,
  status: approvalStatus,
  task_id: idSchema("task"),
  workflow_id: z.string().nullable(),
  step_id: z.string().nullable(),
  organization_id: z.string(),
  workspace_id: z.string().nullable(),
  /** What is to be decided, as the person reads it. */
  message: z.string(),
  /** What the decision is about, for programs. */
  data: payload,
  /** Principals by id, or roles by name; null: whoever may decide approvals here. */
  approvers: z.array(z.string()).nullable(),
  requested_at: timestamp,
  deadline: timestamp,
  /** What counts when nobody decides in time. */
  default_decision: decision,
  /** Null while nothing is decided. */
  decision: decision.nullable(),
  /** Null when nobody decided. */
  decided_by: z.string().nullable(),
  decided_at: timestamp.nullable(),
  comment: z.string().nullable(),
  /** `task`: the same question of the same task is not asked again. */
  remember: z.literal("task").nullable(),
});
export type Approval = z.infer<typeof approval>;

export const approvalDecision = z.strictObject({
  decision,
  comment: z.string().max(4096).optional(),
  remember: z.literal("task").optional(),
});
export type ApprovalDecision = z.infer<typeof approvalDecision>;
