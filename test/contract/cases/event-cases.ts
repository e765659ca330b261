/** The events of tasks and runs as SSE; over WebSocket they are tested beside the table. */
import { expect } from "vitest";
import type { Case } from "../case.ts";
import { sseEvents } from "../event-streams.ts";

const story = ["task.queued", "task.started", "task.completed"];

const streamTaskEvents: Case[] = [
  {
    title: "tells all that happened, in order, and ends",
    sends: async (world) => ({ params: { task_id: await world.submit({ action: "echo", value: 1 }) } }),
    status: 200,
    headers: { "Cache-Control": "no-store", "Content-Type": /^text\/event-stream/ },
    also: ({ text }) => expect(sseEvents(text).map(({ type }) => type)).toEqual(story),
  },
];

const streamWorkflowEvents: Case[] = [
  {
    title: "tells of the run and its steps, in order, and ends",
    sends: async (world) => ({
      params: {
        workflow_id: await world.submitRun({
          name: "streamed",
          steps: [{ id: "one", agent: "diagnostics", task: "echo", parameters: { value: 1 } }],
        }),
      },
    }),
    status: 200,
    also: ({ text }) =>
      expect(sseEvents(text).map(({ type, step_id }) => [type, step_id])).toEqual([
        ["workflow.queued", undefined],
        ["workflow.started", undefined],
        ["step.queued", "one"],
        ["step.started", "one"],
        ["step.completed", "one"],
        ["workflow.completed", undefined],
      ]),
  },
];

export const eventCases = { streamTaskEvents, streamWorkflowEvents };
