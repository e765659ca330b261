import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { workflowParams } from "./get-workflow.ts";
import { eventsQuery } from "./stream-task-events.ts";

export const streamWorkflowEvents = defineOperation({
  id: "stream_workflow_events",
  method: "get",
  path: `${basePath}/agentzero/workflows/{workflow_id}/events`,
  summary: "Follow the events of a run and its steps over SSE, or WebSocket on upgrade",
  tag: "Agent-Zero",
  requires: "workflow:read",
  params: workflowParams,
  query: eventsQuery,
  responses: { 200: { description: "Events.", schema: z.string(), mediaType: "text/event-stream" } },
});
