import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { workflow } from "../workflow.ts";
import { waitQuery } from "./get-task.ts";

export const workflowParams = z.object({ workflow_id: z.string().max(128) });

export const getWorkflow = defineOperation({
  id: "get_workflow",
  method: "get",
  path: `${basePath}/agentzero/workflows/{workflow_id}`,
  summary: "Read a workflow's run",
  tag: "Agent-Zero",
  requires: "workflow:read",
  params: workflowParams,
  query: waitQuery,
  responses: { 200: { description: "The run.", schema: workflow } },
});
