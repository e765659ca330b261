import { executeBatch } from "@drover/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, codeOf, echo, faultsOf, idOf, startBench } from "../../gateway.bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe("POST /execute", () => {
  test("a submission is accepted with its defaults, its place and its trace", async () => {
    const { status, body, headers } = await bench.owner.call("POST", "/execute", { body: echo() });
    expect(status).toBe(202);
    expect(body).toMatchObject({
      agent: "diagnostics",
      status: "queued",
      organization_id: "default",
      workspace_id: null,
      priority: "normal",
      attempt: 0,
      max_attempts: 3,
      timeout_seconds: 1800,
      result: null,
    });
    expect(body).toMatchObject({ trace_id: headers.get("X-Trace-Id") });
    expect(headers.get("Location")).toBe(`/api/v2/agents/tasks/${idOf(body)}`);
    const read = await bench.owner.call("GET", `/tasks/${idOf(body)}`);
    expect(read.body).toEqual(body);
  });

  test("a type that nobody supports is refused with those that somebody does", async () => {
    const { status, body } = await bench.owner.call("POST", "/execute", {
      body: { type: "cobol", payload: {} },
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "unsupported_type", validations: [{ field: "type" }] });
    expect(faultsOf(body)[0]?.detail).toContain("opencode");
  });

  test("every fault of a submission is told at once", async () => {
    const body = {
      type: "opencode",
      payload: { action: "prompt", language: 7, context: { workspace_id: "ws-2" } },
      workspace_id: "ws-1",
      secrets: ["API_TOKEN"],
    };
    const reply = await bench.owner.call("POST", "/execute", { body });
    expect(reply.status).toBe(400);
    expect(codeOf(reply.body)).toBe("validation_failed");
    expect(
      faultsOf(reply.body)
        .map((fault) => fault.field)
        .sort(),
    ).toEqual([
      "payload.context.workspace_id",
      "payload.language",
      "payload.prompt",
      "secrets",
      "workspace_id",
    ]);
  });

  test("unknown fields and wrong types are refused by name", async () => {
    const body = { ...echo(), colour: "red", max_attempts: 0 };
    const reply = await bench.owner.call("POST", "/execute", { body });
    expect(reply.status).toBe(400);
    expect(
      faultsOf(reply.body)
        .map((fault) => fault.field)
        .sort(),
    ).toEqual(["colour", "max_attempts"]);
  });

  test("an agent that needs a workspace is not given a task without one", async () => {
    const body = { type: "opencode", payload: { action: "explain" } };
    const reply = await bench.owner.call("POST", "/execute", { body });
    expect(faultsOf(reply.body)).toEqual([{ field: "workspace_id", detail: "is required by opencode" }]);
    const named = { type: "opencode", payload: { action: "explain", context: { workspace_id: "ws-1" } } };
    const accepted = await bench.owner.call("POST", "/execute", { body: named });
    expect(accepted.body).toMatchObject({ workspace_id: "ws-1" });
  });

  test("an agent must exist and support the type", async () => {
    const unknown = await bench.owner.call("POST", "/execute", { body: { ...echo(), agent: "cobol" } });
    expect(unknown.body).toMatchObject({ code: "validation_failed", validations: [{ field: "agent" }] });
    const other = await bench.owner.call("POST", "/execute", { body: { ...echo(), agent: "docker" } });
    expect(other.body).toMatchObject({ code: "unsupported_type", validations: [{ field: "type" }] });
  });

  test("an agent that this version does not serve takes no task, and says why", async () => {
    const body = { type: "nix", payload: { action: "build", flake: "." } };
    const reply = await bench.owner.call("POST", "/execute", { body });
    expect(reply.status).toBe(503);
    expect(codeOf(reply.body)).toBe("agent_unavailable");
    expect(reply.body).toMatchObject({ detail: expect.stringMatching(/^nix: /) });
    expect(reply.headers.get("Retry-After")).toBe("30");
  });

  test("a viewer may not submit, nor a member of another organization, nor beyond its workspace", async () => {
    const viewer = await bench.caller({ role: "viewer", organization_id: "org-a" });
    expect((await viewer.call("POST", "/execute", { body: echo() })).status).toBe(403);
    const member = await bench.caller({ role: "member", organization_id: "org-a" });
    expect((await member.call("POST", "/execute", { body: echo() })).body).toMatchObject({
      organization_id: "org-a",
    });
    const elsewhere = { ...echo(), organization_id: "org-b" };
    const refused = await member.call("POST", "/execute", { body: elsewhere });
    expect(refused.status).toBe(403);
    expect(codeOf(refused.body)).toBe("forbidden");
    const narrow = await bench.caller({ role: "member", organization_id: "org-a", workspace_id: "ws-a" });
    expect((await narrow.call("POST", "/execute", { body: echo() })).status).toBe(403);
    const inside = { ...echo(), workspace_id: "ws-a" };
    expect(await narrow.call("POST", "/execute", { body: inside })).toMatchObject({ status: 202 });
  });
});

test("equal names of workspaces in two organizations are two workspaces", async () => {
  const submit = (organization_id: string) =>
    bench.owner.call("POST", "/execute", { body: { ...echo(), organization_id, workspace_id: "ws-same" } });
  const first = await submit("org-first");
  expect((await submit("org-second")).status).toBe(202);
  const second = await bench.caller({
    role: "owner",
    organization_id: "org-second",
    workspace_id: "ws-same",
  });
  expect((await second.call("GET", `/tasks/${idOf(first.body)}`)).status).toBe(404);
  expect((await second.call("GET", "/tasks")).body).toMatchObject({ count: 1 });
});

describe("POST /execute/batch", () => {
  test("each task stands alone", async () => {
    const tasks = [
      echo(1),
      { type: "cobol", payload: {} },
      "nonsense",
      echo(2),
      { type: "gpu", payload: { action: "run", image: "a" } },
    ];
    const { status, body } = await bench.owner.call("POST", "/execute/batch", { body: { tasks } });
    expect(status).toBe(202);
    const answers = executeBatch.responses[202].schema.parse(body).tasks;
    expect(answers).toMatchObject([
      { index: 0 },
      { index: 1, error: { code: "unsupported_type" } },
      { index: 2, error: { code: "validation_failed" } },
      { index: 3 },
      { index: 4, error: { code: "agent_unavailable" } },
    ]);
    for (const index of [0, 3]) {
      expect((await bench.owner.call("GET", `/tasks/${idOf(answers[index])}`)).status).toBe(200);
    }
  });

  test("neither none nor more than 1000 are taken", async () => {
    for (const tasks of [[], Array.from({ length: 1001 }, () => echo())]) {
      const { status, body } = await bench.owner.call("POST", "/execute/batch", { body: { tasks } });
      expect(status).toBe(400);
      expect(faultsOf(body)[0]?.field).toBe("tasks");
    }
  });

  test("a viewer may not submit a batch", async () => {
    const viewer = await bench.caller({ role: "viewer" });
    const reply = await viewer.call("POST", "/execute/batch", { body: { tasks: [echo()] } });
    expect(reply.status).toBe(403);
  });
});

describe("OpenCode tasks", () => {
  const task = {
    type: "opencode",
    payload: {
      action: "generate_code",
      language: "go",
      prompt: "An endpoint",
      context: { workspace_id: "ws-123", file_path: "api/users.go" },
    },
  };

  test("are submitted and read under their own path", async () => {
    const { status, body, headers } = await bench.owner.call("POST", "/opencode/tasks", { body: task });
    expect(status).toBe(202);
    expect(body).toMatchObject({ agent: "opencode", workspace_id: "ws-123" });
    expect(headers.get("Location")).toBe(`/api/v2/agents/opencode/tasks/${idOf(body)}`);
    expect(idOf((await bench.owner.call("GET", `/opencode/tasks/${idOf(body)}`)).body)).toBe(idOf(body));
  });

  test("are of OpenCode's type only", async () => {
    const refused = await bench.owner.call("POST", "/opencode/tasks", { body: echo() });
    expect(refused.body).toMatchObject({ code: "unsupported_type", validations: [{ field: "type" }] });
    const other = await bench.owner.call("POST", "/execute", { body: echo() });
    expect((await bench.owner.call("GET", `/opencode/tasks/${idOf(other.body)}`)).status).toBe(404);
  });

  test("are hidden from other workspaces", async () => {
    const { body } = await bench.owner.call("POST", "/opencode/tasks", { body: task });
    const other = await bench.caller({ role: "owner", organization_id: "default", workspace_id: "ws-9" });
    expect((await other.call("GET", `/opencode/tasks/${idOf(body)}`)).status).toBe(404);
  });
});
