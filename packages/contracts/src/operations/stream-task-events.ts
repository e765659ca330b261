import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { taskParams } from "./get-task.ts";

export const eventsQuery = z.object({
  after: z
    .string()
    .regex(/^\d+(-\d+)?$/, "must be the id of an event")
    .optional()
    .describe("Resume after this event; Last-Event-ID does the same."),
});

export const streamTaskEvents = defineOperation({
  id: "stream_task_events",
  method: "get",
  path: `${basePath}/tasks/{task_id}/events`,
  summary: "Follow a task's events over SSE, or WebSocket on upgrade",
  description:
    "Replays from the cursor and then follows; ends after the final event (WebSocket close code 1000).",
  tag: "Tasks",
  requires: "task:read",
  params: taskParams,
  query: eventsQuery,
  responses: { 200: { description: "Events.", schema: z.string(), mediaType: "text/event-stream" } },
});
