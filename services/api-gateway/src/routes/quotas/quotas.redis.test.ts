import { quota } from "@drover/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Bench, echo, idOf, resultOf, startBench } from "../../gateway.bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench({ environment: { DROVER_ORGANIZATION_ACTIVE_MAX: "100" } });
});
afterAll(() => bench[Symbol.asyncDispose]());

const inOrganization = (organization_id: string, more: object = {}) => ({
  body: { ...echo(), organization_id, ...more },
});

describe("quotas", () => {
  test("what is set holds, replaces what was, and shows what is used", async () => {
    const limits = { queued_max: 2, per_agent: { docker: { active_max: 1 } } };
    const put = await bench.owner.call("PUT", "/quotas/org-a", { body: limits });
    expect(put).toMatchObject({
      status: 200,
      body: {
        organization_id: "org-a",
        workspace_id: null,
        ...limits,
        active_max: 100,
        requests_per_minute: null,
        usage: { queued: 0, active: 0 },
      },
    });
    const { body } = await bench.owner.call("POST", "/execute", inOrganization("org-a"));
    await bench.owner.call("POST", "/execute", inOrganization("org-a"));
    const refused = await bench.owner.call("POST", "/execute", inOrganization("org-a"));
    expect(refused).toMatchObject({
      status: 429,
      body: { code: "quota_exceeded", detail: "org-a: 2 of 2 queued tasks." },
    });
    expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
    const claim = await bench.claim(idOf(body), "org-a");
    const list = await bench.owner.call("GET", "/quotas");
    expect(list.body).toMatchObject({
      quotas: [{ organization_id: "org-a", usage: { queued: 1, active: 1 } }],
      count: 1,
      defaults: { organization: { active_max: 100, queued_max: null }, workspace: { active_max: null } },
    });
    await claim.complete(resultOf(1));
    const reset = await bench.owner.call("PUT", "/quotas/org-a", { body: {} });
    expect(reset.body).toMatchObject({ queued_max: null, per_agent: {}, active_max: 100 });
    expect((await bench.owner.call("GET", "/quotas")).body).toMatchObject({ count: 0 });
  });

  test("a run is refused as a whole when nothing more may be queued, and its steps never are", async () => {
    await bench.owner.call("PUT", "/quotas/org-run/ws-1", { body: { queued_max: 0 } });
    const step = { id: "a", agent: "diagnostics", task: "echo", parameters: { value: 1 } };
    const body = { name: "a run", organization_id: "org-run", workspace_id: "ws-1", steps: [step] };
    expect(await bench.owner.call("POST", "/agentzero/workflows", { body })).toMatchObject({
      status: 429,
      body: { code: "quota_exceeded", detail: "org-run/ws-1: 0 of 0 queued tasks." },
    });
  });

  test("every fault of a quota is named", async () => {
    const body = { queued_max: -1, active_max: 1.5, per_agent: { cobol: {}, docker: { nope: 1 } }, other: 1 };
    const refused = await bench.owner.call("PUT", "/quotas/org-a", { body });
    expect(refused.status).toBe(400);
    const faults = z.object({ validations: z.array(z.object({ field: z.string() })) }).parse(refused.body);
    expect(faults.validations.map(({ field }) => field).sort()).toEqual([
      "active_max",
      "other",
      "per_agent.cobol",
      "per_agent.docker.nope",
      "queued_max",
    ]);
  });

  test("an organization shares out what it has, and does not say how much that is", async () => {
    const owner = await bench.caller({ role: "owner", organization_id: "org-b" });
    const limits = { body: { active_max: 1 } };
    expect((await owner.call("PUT", "/quotas/org-b", limits)).status).toBe(403);
    expect((await owner.call("PUT", "/quotas/org-b/ws-1", limits)).status).toBe(200);
    expect((await owner.call("PUT", "/quotas/org-c/ws-1", limits)).status).toBe(403);
    const member = await bench.caller({ role: "member", organization_id: "org-b", workspace_id: "ws-2" });
    expect((await member.call("PUT", "/quotas/org-b/ws-2", limits)).status).toBe(403);
    const seen = async (caller: typeof owner) => {
      const list = z.object({ quotas: z.array(quota) }).parse((await caller.call("GET", "/quotas")).body);
      return list.quotas.map((one) => `${one.organization_id}/${one.workspace_id ?? ""}`);
    };
    expect(await seen(owner)).toEqual(["org-b/", "org-b/ws-1"]);
    expect(await seen(member)).toEqual(["org-b/ws-2"]);
  });
});

describe("requests_per_minute", () => {
  test("all keys of an organization share it; who works for another is not touched", async () => {
    await bench.owner.call("PUT", "/quotas/org-rate", { body: { requests_per_minute: 4 } });
    const inRate = { role: "viewer", organization_id: "org-rate" } as const;
    const [first, second] = [await bench.caller(inRate), await bench.caller(inRate)];
    const stranger = await bench.caller({ role: "viewer", organization_id: "org-other" });
    const remaining: (string | null)[] = [];
    for (const caller of [first, second, first, second])
      remaining.push((await caller.call("GET", "/me")).headers.get("X-RateLimit-Remaining"));
    expect(remaining).toEqual(["3", "2", "1", "0"]);
    for (const caller of [first, second]) {
      const refused = await caller.call("GET", "/me");
      expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited" } });
      expect(refused.headers.get("X-RateLimit-Limit")).toBe("4");
      expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
    }
    expect((await stranger.call("GET", "/me")).status).toBe(200);
    expect((await bench.owner.call("GET", "/me")).status).toBe(200);
  });

  test("a workspace's own is narrower than its organization's", async () => {
    await bench.owner.call("PUT", "/quotas/org-narrow/ws-1", { body: { requests_per_minute: 1 } });
    const inWorkspace = await bench.caller({
      role: "member",
      organization_id: "org-narrow",
      workspace_id: "ws-1",
    });
    const inOrg = await bench.caller({ role: "member", organization_id: "org-narrow" });
    expect((await inWorkspace.call("GET", "/me")).status).toBe(200);
    expect((await inWorkspace.call("GET", "/me")).status).toBe(429);
    expect((await inOrg.call("GET", "/me")).status).toBe(200);
  });
});
