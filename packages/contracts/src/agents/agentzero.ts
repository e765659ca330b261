/** The `agentzero` agent: turns a goal into a workflow by one of the planners. */
import { z } from "zod";
import { workspaceId } from "../names.ts";
import type { AgentDescriptor } from "./agent-descriptor.ts";

export const plannerNames = ["rules", "llm"] as const;
export const plannerName = z.enum(plannerNames);
export type PlannerName = z.infer<typeof plannerName>;

export const composeFields = z.strictObject({
  goal: z
    .string()
    .min(1)
    .max(32 * 1024),
  workspace_id: workspaceId.optional(),
  constraints: z.array(z.string().min(1).max(4096)).max(64).optional(),
  planner: plannerName.optional(),
});
export type ComposeFields = z.infer<typeof composeFields>;

export const agentZero = {
  name: "agentzero",
  version: "1.0.0",
  description: "Plans: turns a goal in words into a validated workflow.",
  supports: ["agentzero", "agent-zero"],
  actions: {
    compose: { description: "Plan a workflow for a goal.", payload: composeFields },
  },
  workspace: "optional",
  usesModel: true,
  defaults: { maxAttempts: 2, timeoutSeconds: 300 },
} as const satisfies AgentDescriptor;
