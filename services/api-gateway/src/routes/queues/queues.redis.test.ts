import { listOf, orchestratable, queueCounts, registeredAgent } from "@drover/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, echo, startBench } from "../../gateway.bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe("queues", () => {
  test("all are listed, and one tells its demand", async () => {
    await bench.owner.call("POST", "/execute", { body: echo() });
    const list = await bench.owner.call("GET", "/queues");
    const { queues } = listOf("queues", queueCounts).parse(list.body);
    expect(queues.map(({ name }) => name)).toContain("workflow");
    const demand = await bench.owner.call("GET", "/queues/diagnostics/demand");
    expect(demand.body).toEqual({ queue: "diagnostics", demand: 1, backlog: 1, active: 0 });
    expect((await bench.owner.call("GET", "/queues/nonsense/demand")).status).toBe(404);
  });

  test("a queue is paused and resumed", async () => {
    expect(await bench.owner.call("POST", "/queues/docker/pause")).toMatchObject({
      status: 202,
      body: { paused: true },
    });
    expect(await bench.owner.call("POST", "/queues/docker/resume")).toMatchObject({
      status: 202,
      body: { paused: false },
    });
    expect((await bench.owner.call("POST", "/queues/nonsense/pause")).status).toBe(404);
  });

  test("they are the site's: an organization's owner neither sees nor stops them, a viewer only sees", async () => {
    const orgOwner = await bench.caller({ role: "owner", organization_id: "org-a" });
    const viewer = await bench.caller({ role: "viewer" });
    for (const caller of [orgOwner, viewer]) {
      expect((await caller.call("POST", "/queues/docker/pause")).status).toBe(403);
      expect((await caller.call("POST", "/queues/docker/resume")).status).toBe(403);
    }
    expect((await orgOwner.call("GET", "/queues")).status).toBe(403);
    expect((await orgOwner.call("GET", "/queues/docker/demand")).status).toBe(403);
    expect((await viewer.call("GET", "/queues")).status).toBe(200);
  });
});

describe("registry", () => {
  test("every agent is listed with its actions, and why it is not available", async () => {
    const { body } = await bench.owner.call("GET", "/registry");
    const { agents, count } = listOf("agents", registeredAgent).parse(body);
    expect(count).toBe(7);
    const nix = agents.find(({ name }) => name === "nix");
    expect(nix).toMatchObject({ status: "unavailable", instances: [] });
    expect(nix?.reason).toContain("Nix");
    expect(nix?.actions[0]?.payload_schema).toMatchObject({ properties: { action: { const: "build" } } });
  });

  test("an agent tells its state; an unknown one is missing", async () => {
    const { body } = await bench.owner.call("GET", "/status/docker");
    expect(body).toMatchObject({
      name: "docker",
      status: "unavailable",
      queue: { waiting: 0, paused: false },
    });
    expect((await bench.owner.call("GET", "/status/cobol")).status).toBe(404);
  });

  test("agents and planners can be orchestrated, and any role may know", async () => {
    const viewer = await bench.caller({ role: "viewer", organization_id: "org-a", workspace_id: "ws-1" });
    const { body } = await viewer.call("GET", "/agentzero/agents");
    const { agents } = listOf("agents", orchestratable).parse(body);
    const names = agents.map(({ kind, name }) => `${kind} ${name}`);
    expect(names).toEqual(expect.arrayContaining(["agent opencode", "planner rules", "planner llm"]));
    expect((await viewer.call("GET", "/registry")).status).toBe(200);
    expect((await bench.nobody.call("GET", "/registry")).status).toBe(401);
  });
});
