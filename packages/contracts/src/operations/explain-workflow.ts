import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { whyReason } from "../why-reason.ts";
import { stepStatus, workflowStatus } from "../workflow.ts";
import { workflowParams } from "./get-workflow.ts";

export const explainWorkflow = defineOperation({
  id: "explain_workflow",
  method: "get",
  path: `${basePath}/agentzero/workflows/{workflow_id}/why`,
  summary: "Say what a run and its steps are waiting for",
  tag: "Workflows",
  requires: "workflow:read",
  params: workflowParams,
  responses: {
    200: {
      description: "Why the run is where it is, and each of its first hundred steps that have not ended.",
      schema: z.object({
        status: workflowStatus,
        reasons: z.array(whyReason),
        steps: z.array(
          z.object({
            step_id: z.string(),
            status: stepStatus,
            task_id: z.string().optional(),
            reasons: z.array(whyReason),
          }),
        ),
        /** How many steps have not ended. */
        count: z.number().int(),
      }),
    },
  },
});
