/**
 * The built-in steps that wait instead of work: for a person, for a time, for another run. They are tasks in the ledger like
 * any other, but no worker holds them; so `control` is not in the catalogue of agents, and only a step may name it.
 */
import { z } from "zod";
import { timestamp } from "../names.ts";
import { payload } from "../task.ts";
import { templateReference } from "../template-name.ts";
import { workflowDefinition } from "../workflow.ts";
import type { AgentDescriptor } from "./agent-descriptor.ts";

/** A year. A wait or a deadline that is longer is a mistake. */
export const controlSecondsMax = 31_536_000;

export const approvalFields = z.strictObject({
  /** What is to be decided, as the person reads it. */
  message: z.string().min(1).max(16_384),
  /** Ids of the principals who may decide; absent: whoever may decide approvals of the workspace. */
  approvers: z.array(z.string().min(1).max(256)).min(1).max(64).optional(),
  deadline_seconds: z.number().min(1).max(controlSecondsMax).default(86_400),
  /** What counts when nobody decides in time. */
  default: z.enum(["deny", "allow"]).default("deny"),
});
export type ApprovalFields = z.infer<typeof approvalFields>;

export const waitFields = z
  .strictObject({
    duration_seconds: z.number().min(0).max(controlSecondsMax).optional(),
    /** RFC 3339 in UTC; a time that has passed is no wait. */
    until: timestamp.optional(),
  })
  .refine((fields) => (fields.duration_seconds === undefined) !== (fields.until === undefined), {
    error: "needs either duration_seconds or until",
    abort: true,
  });
export type WaitFields = z.infer<typeof waitFields>;

export const childWorkflowFields = z
  .strictObject({
    template: templateReference.optional(),
    /** Its expressions are the child's: they see the child's steps and inputs. */
    workflow: workflowDefinition.optional(),
    inputs: payload.optional(),
  })
  .refine((fields) => (fields.template === undefined) !== (fields.workflow === undefined), {
    error: "needs either template or workflow",
    abort: true,
  });
export type ChildWorkflowFields = z.infer<typeof childWorkflowFields>;

export const control = {
  name: "control",
  version: "1.0.0",
  description: "Waits within a workflow for a person, a time or another run, and holds no worker meanwhile.",
  supports: ["control"],
  actions: {
    approval: { description: "Ask a person to allow or deny; the run waits.", payload: approvalFields },
    wait: { description: "Wait for a duration or until a time.", payload: waitFields },
    workflow: {
      description: "Run another workflow; its result is the output.",
      payload: childWorkflowFields,
    },
  },
  workspace: "optional",
  // What a control step waits for ends it: its deadline, its time or its child. The task's own time limit must not come first.
  defaults: { maxAttempts: 1, timeoutSeconds: controlSecondsMax + 86_400 },
} as const satisfies AgentDescriptor;
