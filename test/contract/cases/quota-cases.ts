/** How much organizations and workspaces may have at once. */
import { expect } from "vitest";
import { ask, prefix } from "../../e2e/api.ts";
import type { Case } from "../case.ts";
import { uniqueName, type World } from "../world.ts";

const set = async (world: World, organization_id: string, body: object) =>
  await world.call("setOrganizationQuota", { params: { organization_id }, body });

const submission = (organization_id: string) => ({
  type: "diagnostics",
  payload: { action: "echo", value: 1 },
  delay_seconds: 3600,
  organization_id,
});

const budget = { period: "day", cost_usd: 5 };
const limits = { queued_max: 1, active_max: null, per_agent: { docker: { active_max: 2 } } };

const faulty: Case = {
  title: "names every fault",
  status: 400,
  code: "validation_failed",
  faults: {
    queued_max: ">=0",
    active_max: "number",
    "per_agent.cobol": "is none of",
    "per_agent.docker.nope": "not a known field",
  },
};
const faults = { queued_max: -1, active_max: "many", per_agent: { cobol: {}, docker: { nope: 1 } } };

const setOrganizationQuota: Case[] = [
  {
    title: "holds from the next task on: what is beyond is refused with whose it is and when to come back",
    sends: () => ({ params: { organization_id: uniqueName("org-quota") }, body: limits }),
    status: 200,
    body: { ...limits, workspace_id: null, requests_per_minute: null, usage: { queued: 0, active: 0 } },
    also: async ({ body }, world) => {
      const organization: string = Object(body)["organization_id"];
      const first = await world.call("executeTask", { body: submission(organization) });
      expect(first.status).toBe(202);
      const refused = await world.call("executeTask", { body: submission(organization) });
      expect(refused.status).toBe(429);
      expect(refused.body).toMatchObject({
        code: "quota_exceeded",
        detail: `${organization}: 1 of 1 queued tasks.`,
      });
      expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
      const batch = await world.call("executeBatch", { body: { tasks: [submission(organization)] } });
      expect(batch.body).toMatchObject({ tasks: [{ index: 0, error: { code: "quota_exceeded" } }] });
      const step = { id: "a", agent: "diagnostics", task: "echo", parameters: { value: 1 } };
      const run = { name: "too many", organization_id: organization, steps: [step] };
      const answer = await ask(world.stack, `${prefix}/agentzero/workflows`, { body: run });
      expect(answer.body).toMatchObject({ code: "quota_exceeded" });
      await set(world, organization, {});
      expect((await world.call("executeTask", { body: submission(organization) })).status).toBe(202);
    },
  },
  { ...faulty, sends: { params: { organization_id: "org-faulty" }, body: faults } },
];

const setWorkspaceQuota: Case[] = [
  {
    title: "replaces what was set before",
    sends: async (world) => {
      const params = { organization_id: uniqueName("org-quota"), workspace_id: "ws-1" };
      await world.call("setWorkspaceQuota", { params, body: limits });
      return { params, body: { requests_per_minute: 9 } };
    },
    status: 200,
    body: { workspace_id: "ws-1", queued_max: null, requests_per_minute: 9, per_agent: {}, budget: null },
  },
  {
    title: "says what may be used, what is used of it, and when it begins anew",
    sends: () => ({
      params: { organization_id: uniqueName("org-quota"), workspace_id: "ws-1" },
      body: { budget },
    }),
    status: 200,
    body: {
      budget: { ...budget, tokens: null, used: { cost_usd: 0, tokens: 0 }, renews_at: expect.any(String) },
    },
  },
  {
    title: "names what is wrong with a budget",
    sends: {
      params: { organization_id: "org-faulty", workspace_id: "ws-1" },
      body: { budget: { period: "week", cost_usd: 0 } },
    },
    status: 400,
    code: "validation_failed",
    faults: { "budget.period": "day", "budget.cost_usd": ">0" },
  },
  { ...faulty, sends: { params: { organization_id: "org-faulty", workspace_id: "ws-1" }, body: faults } },
];

const listQuotas: Case[] = [
  {
    title: "shows what was set, what is used of it, and what holds for all others",
    sends: async (world) => {
      await set(world, "org-listed", { active_max: 7 });
      return {};
    },
    status: 200,
    body: {
      quotas: expect.arrayContaining([
        expect.objectContaining({ organization_id: "org-listed", active_max: 7 }),
      ]),
      defaults: { organization: { queued_max: null }, workspace: { queued_max: null } },
    },
  },
];

export const quotaCases = { listQuotas, setOrganizationQuota, setWorkspaceQuota };
