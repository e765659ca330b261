/** One reason why a task or a step is where it is: for machines by its code, for people by its message. */
import { z } from "zod";
import { timestamp } from "./names.ts";

const whyCodes = [
  /** It has ended. */
  "final",
  "running",
  /** `by` asked for its end, `since` when. */
  "cancel_requested",
  /** `ahead` tasks of the agent start before it; `position` in its own lane; `until`: when it starts at the present rate. */
  "queued_behind",
  /** A delay that it was submitted with, a retry, or a wait for capacity; `ref`: the error that it waits out. */
  "delayed_until",
  /** Its workspace is held by the task `ref`. */
  "no_free_slot",
  /** `count` of `limit` tasks of `ref` run: an organization, a workspace, or one of these and an agent. */
  "quota_exceeded",
  /** What the organization or workspace `ref` may use of models is used up; `until`: when that begins anew. */
  "budget_exceeded",
  /** `by` paused its run `ref`, `since` when. */
  "workflow_paused",
  /** Its run `ref` starts nothing any more. */
  "workflow_halted",
  /** The orchestrator has not begun its run `ref` yet. */
  "workflow_pending",
  /** It depends on the step `ref`, which has not ended. */
  "waiting_for_step",
  /** It depends on the step `ref`, which ended in a way that it cannot go on from. */
  "blocked_by_step",
  /** The approval `ref` is to be decided, by `by` where approvers are named; `until`: its deadline. */
  "waiting_for_approval",
  /** It waits for the time `until`. */
  "waiting_until",
  /** The run `ref`, which it started, has not ended. */
  "waiting_for_workflow",
  "no_live_worker",
  "agent_unavailable",
  /** The circuit of the agent `ref` is open for the whole fleet; `until`: when one worker tries again. */
  "circuit_open",
  /** `by` paused the queue `ref`, `since` when. */
  "queue_paused",
] as const;

export const whyReason = z.object({
  code: z.enum(whyCodes),
  message: z.string(),
  /** When it ends, where that is known or can be estimated. */
  until: timestamp.optional(),
  /** What holds it: a task, a step, a run, an agent, a quota's scope. */
  ref: z.string().optional(),
  by: z.string().optional(),
  since: timestamp.optional(),
  count: z.number().int().optional(),
  limit: z.number().int().optional(),
  position: z.number().int().optional(),
  ahead: z.number().int().optional(),
});
export type WhyReason = z.infer<typeof whyReason>;
