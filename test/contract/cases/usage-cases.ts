/** What tasks have used. */
import { expect } from "vitest";
import type { Case } from "../case.ts";

const none = { attempts: 0, input_tokens: 0, output_tokens: 0, cost_usd: 0, duration_ms: 0, tool_calls: {} };

const getUsage: Case[] = [
  {
    title: "of an organization that has used nothing",
    sends: { query: { q: "organization:org-nothing date_from:2026-01-01 date_to:2026-01-31" } },
    status: 200,
    body: { usage: [], count: 0, total: none, date_from: "2026-01-01", date_to: "2026-01-31" },
  },
  {
    title: "adds up what OpenCode has used",
    sends: async (world) => {
      const workspace = "ws-usage";
      const payload = { action: "prompt", prompt: "write a.txt: a", context: { workspace_id: workspace } };
      const { id } = await world.stack.client.submitTask({ type: "opencode", payload });
      await world.stack.client.waitForTask(id, { timeoutMs: 60_000 });
      return { query: { q: `workspace:${workspace}`, group_by: "workspace,agent" } };
    },
    status: 200,
    also: ({ body }) => {
      expect(body).toMatchObject({
        usage: [{ workspace_id: "ws-usage", agent: "opencode", attempts: 1, tool_calls: { write: 1 } }],
        count: 1,
      });
    },
  },
  {
    title: "names what is wrong with a group",
    sends: { query: { group_by: "day,color" } },
    status: 400,
    code: "validation_failed",
    faults: { group_by: "must name some of" },
  },
  {
    title: "names a day that is none",
    sends: { query: { q: "date_from:yesterday" } },
    status: 400,
    code: "validation_failed",
    faults: { q: "must be a day" },
  },
];

export const usageCases = { getUsage };
