/** Tasks: reading, listing, cancelling. */
import { newId } from "@drover/contracts";
import { expect } from "vitest";
import { z } from "zod";
import type { Case } from "../case.ts";
import { uniqueName } from "../world.ts";

const getTask: Case[] = [
  {
    title: "answers early when it is final",
    sends: async (world) => ({
      params: { task_id: await world.submit({ action: "sleep", ms: 300, value: "slept" }) },
      query: { wait: 30 },
    }),
    status: 200,
    body: { status: "completed", attempt: 1, result: { output: "slept", artifacts: [] }, error: null },
  },
  {
    title: "answers after the wait when it is not",
    sends: async (world) => ({ params: { task_id: await world.submitLater() }, query: { wait: 0.2 } }),
    status: 200,
    body: { status: "delayed", started_at: null, finished_at: null },
  },
  {
    title: "tells why a task failed",
    sends: async (world) => ({
      params: { task_id: await world.submitAndWait({ action: "fail", class: "permanent" }) },
    }),
    status: 200,
    body: {
      status: "failed",
      result: null,
      error: { code: "diagnostics_failure", retryable: false, attempt: 1, message: expect.any(String) },
    },
  },
];

const listTasks: Case[] = [
  {
    title: "pages newest first, without gap or repetition",
    sends: async (world) => {
      const workspace = uniqueName("ws-list");
      for (let n = 0; n < 5; n += 1) await world.submitLater({ workspace_id: workspace });
      return { query: { q: `workspace:${workspace} status:delayed agent:diagnostics`, limit: 2 } };
    },
    status: 200,
    body: { count: 5 },
    also: async ({ body }, world) => {
      const list = z.object({
        tasks: z.array(z.object({ id: z.string(), workspace_id: z.string() })),
        count: z.number(),
      });
      const first = list.parse(body).tasks;
      const q = `workspace:${first[0]?.workspace_id}`;
      const ids = first.map(({ id }) => id);
      for (;;) {
        const query = { q, limit: 2, after_id: ids.at(-1) ?? "" };
        const page = list.parse((await world.call("listTasks", { query })).body);
        expect(page.count).toBe(5);
        if (page.tasks.length === 0) break;
        ids.push(...page.tasks.map(({ id }) => id));
      }
      expect(ids).toHaveLength(5);
      expect(ids).toEqual([...new Set(ids)].sort().reverse());
    },
  },
  {
    title: "with a search that finds nothing is empty",
    sends: { query: { q: `type:diagnostics workflow:${newId("workflow")}` } },
    status: 200,
    body: { tasks: [], count: 0 },
  },
];

const cancelTask: Case[] = [
  {
    title: "ends a task that has not started",
    sends: async (world) => ({ params: { task_id: await world.submitLater() } }),
    status: 202,
    body: { status: "cancelled", error: null },
  },
  {
    title: "of a task that has ended",
    sends: async (world) => ({
      params: { task_id: await world.submitAndWait({ action: "echo", value: 1 }) },
    }),
    status: 409,
    code: "already_final",
  },
];

export const taskCases = { getTask, listTasks, cancelTask };
