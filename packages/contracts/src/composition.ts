/** Composing: a goal in words becomes a workflow. */
import { z } from "zod";
import { composeFields, plannerName } from "./agents/agentzero.ts";
import { organizationId } from "./names.ts";
import { workflowDefinition } from "./workflow.ts";

export const composeRequest = composeFields.extend({
  organization_id: organizationId.optional(),
  run: z.boolean().optional(),
});

/** What a planner answers. */
export const plan = z.object({ workflow: workflowDefinition, planner: plannerName, explanation: z.string() });
export type Plan = z.infer<typeof plan>;

export const composeStarted = plan.extend({ workflow_id: z.string() });

/** What can be orchestrated. */
export const orchestratable = z.object({
  kind: z.enum(["agent", "planner"]),
  name: z.string(),
  status: z.enum(["available", "degraded", "unavailable"]),
  reason: z.string().nullable(),
  capabilities: z.array(z.string()),
});
