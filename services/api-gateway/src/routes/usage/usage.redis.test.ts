import { usageReport } from "@drover/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bench, idOf, resultOf, startBench } from "../../gateway.bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const usage = { input_tokens: 1_000, output_tokens: 100, cost_usd: 0.5, tool_calls: { write: 2 } };

async function accepted(organization_id: string, workspace_id: string, more: object = {}): Promise<string> {
  const payload = { action: "prompt", prompt: "hi" };
  const body = { type: "opencode", payload, organization_id, workspace_id, ...more };
  const answer = await bench.owner.call("POST", "/execute", { body });
  expect(answer.status).toBe(202);
  return idOf(answer.body);
}

async function worked(organization: string, workspace: string): Promise<string> {
  const id = await accepted(organization, workspace);
  await (await bench.claim(id, organization)).complete({ ...resultOf(1), usage });
  return id;
}

const asked = async (caller: Bench["owner"], query: string) =>
  usageReport.parse((await caller.call("GET", `/usage?${query}`)).body);

test("usage is told of a task, and added up for whoever may see it", async () => {
  const id = await worked("org-u", "ws-1");
  await worked("org-u", "ws-2");
  await worked("org-v", "ws-1");
  expect((await bench.owner.call("GET", `/tasks/${id}`)).body).toMatchObject({ usage, budget: null });
  const all = await asked(bench.owner, "group_by=organization,workspace&q=agent:opencode");
  expect(all.usage).toMatchObject([
    { organization_id: "org-u", workspace_id: "ws-1", attempts: 1, input_tokens: 1_000 },
    { organization_id: "org-u", workspace_id: "ws-2", tool_calls: { write: 2 } },
    { organization_id: "org-v", workspace_id: "ws-1", cost_usd: 0.5 },
  ]);
  expect(all.total).toMatchObject({ attempts: 3, input_tokens: 3_000, output_tokens: 300, cost_usd: 1.5 });
  const days = await asked(bench.owner, "q=organization:org-u");
  expect(days).toMatchObject({ count: 1, usage: [{ attempts: 2 }], date_to: days.usage[0]?.day });
  const viewer = await bench.caller({ role: "viewer", organization_id: "org-u" });
  expect((await asked(viewer, "group_by=organization")).usage.map((row) => row.organization_id)).toEqual([
    "org-u",
  ]);
  const member = await bench.caller({ role: "member", organization_id: "org-u", workspace_id: "ws-2" });
  expect((await asked(member, "group_by=workspace")).usage.map((row) => row.workspace_id)).toEqual(["ws-2"]);
  expect(await asked(member, "q=workspace:ws-1")).toMatchObject({ count: 0, total: { attempts: 0 } });
});

test.each([
  ["q=date_from:yesterday", "must be a day"],
  ["q=date_from:2026-02-01%20date_to:2026-01-01", "comes after"],
  ["q=date_from:2020-01-01%20date_to:2026-01-01", "at most 400"],
  ["q=color:red", "not a known term"],
  ["group_by=color", "must name some of"],
])("a report of %s is refused with what is wrong", async (query, detail) => {
  const refused = await bench.owner.call("GET", `/usage?${query}`);
  expect(refused).toMatchObject({ status: 400, body: { code: "validation_failed" } });
  expect(JSON.stringify(refused.body)).toContain(detail);
});

test("a budget that is used up refuses tasks and runs, holds what was accepted, and says until when", async () => {
  const budget = { period: "month", tokens: 1_000 };
  const put = await bench.owner.call("PUT", "/quotas/org-b/ws-1", { body: { budget } });
  expect(put.body).toMatchObject({ budget: { ...budget, cost_usd: null, used: { tokens: 0, cost_usd: 0 } } });
  const waiting = await accepted("org-b", "ws-1");
  await worked("org-b", "ws-1");
  const payload = { action: "prompt", prompt: "hi" };
  const body = { type: "opencode", payload, organization_id: "org-b", workspace_id: "ws-1" };
  const refused = await bench.owner.call("POST", "/execute", { body });
  expect(refused).toMatchObject({ status: 429, body: { code: "quota_exceeded" } });
  expect(JSON.stringify(refused.body)).toContain("org-b/ws-1: 1100 of 1000 tokens of this month");
  expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
  const step = { id: "a", agent: "opencode", task: "prompt", parameters: { prompt: "hi" } };
  const run = { name: "a run", organization_id: "org-b", workspace_id: "ws-1", steps: [step] };
  expect(await bench.owner.call("POST", "/agentzero/workflows", { body: run })).toMatchObject({
    status: 429,
    body: { code: "quota_exceeded" },
  });
  await expect(bench.claim(waiting, "org-b")).rejects.toThrow("parked");
  expect((await bench.owner.call("GET", `/tasks/${waiting}/why`)).body).toMatchObject({
    status: "parked",
    reasons: expect.arrayContaining([
      expect.objectContaining({ code: "budget_exceeded", ref: "org-b/ws-1", until: expect.any(String) }),
    ]),
  });
});

test("a budget of a task is shown with it, and refused where nobody would heed it", async () => {
  const id = await accepted("org-t", "ws-1", { budget: { cost_usd: 0.25, tool_calls: 10 } });
  expect((await bench.owner.call("GET", `/tasks/${id}`)).body).toMatchObject({
    budget: { cost_usd: 0.25, tool_calls: 10 },
    usage: null,
  });
  const faulty = { type: "diagnostics", payload: { action: "echo", value: 1 }, budget: { cost_usd: 1 } };
  expect((await bench.owner.call("POST", "/execute", { body: faulty })).body).toMatchObject({
    code: "validation_failed",
    validations: [{ field: "budget", detail: "is not heeded by diagnostics; leave it out" }],
  });
  const step = {
    id: "a",
    agent: "diagnostics",
    task: "echo",
    parameters: { value: 1 },
    budget: { tool_calls: 1 },
  };
  const run = { name: "a run", workspace_id: "ws-1", steps: [step] };
  expect((await bench.owner.call("POST", "/agentzero/workflows", { body: run })).body).toMatchObject({
    code: "validation_failed",
    validations: [{ field: "steps[0].budget", detail: "is not heeded by diagnostics; leave it out" }],
  });
});
