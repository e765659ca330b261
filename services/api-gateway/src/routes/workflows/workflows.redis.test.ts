import { workflow } from "@drover/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, codeOf, faultsOf, idOf, startBench } from "../../gateway.bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const echoStep = (id: string, depends_on: string[] = []) => ({
  id,
  agent: "diagnostics",
  task: "echo",
  parameters: { value: id },
  depends_on,
});
const submit = (body: unknown) => bench.owner.call("POST", "/agentzero/workflows", { body });

describe("POST /agentzero/workflows", () => {
  test("a workflow is accepted as a run with its steps in order", async () => {
    const { status, body, headers } = await submit({
      name: "Full Stack Feature",
      steps: [
        echoStep("deploy", ["backend", "frontend"]),
        echoStep("frontend", ["backend"]),
        echoStep("backend"),
      ],
    });
    expect(status).toBe(202);
    expect(workflow.parse(body).steps.map((step) => step.step_id)).toEqual(["backend", "frontend", "deploy"]);
    expect(body).toMatchObject({
      status: "pending",
      organization_id: "default",
      steps_total: 3,
      result: null,
    });
    expect(headers.get("Location")).toBe(`/api/v2/agents/agentzero/workflows/${idOf(body)}`);
    expect(idOf((await bench.owner.call("GET", `/agentzero/workflows/${idOf(body)}`)).body)).toBe(idOf(body));
  });

  test("the steps of the strategy's example need no workspace", async () => {
    const { status, body } = await submit({
      name: "Full Stack Feature",
      steps: [
        { id: "backend", agent: "opencode", task: "generate_api" },
        { id: "frontend", agent: "opencode", task: "generate_ui", depends_on: ["backend"] },
        { id: "deploy", agent: "kubernetes", task: "apply_manifest", depends_on: ["backend", "frontend"] },
      ],
    });
    expect(status).toBe(202);
    expect(body).toMatchObject({ workspace_id: expect.stringMatching(/^ws-/) });
  });

  test("every fault is told at once, with its path", async () => {
    const { status, body } = await submit({
      name: "wrong",
      steps: [
        echoStep("a"),
        echoStep("a"),
        echoStep("b", ["nowhere"]),
        { id: "c", agent: "cobol", task: "run" },
        { id: "d", agent: "diagnostics", task: "dance" },
        { id: "e", agent: "diagnostics", task: "sum", parameters: { values: ["one"] } },
      ],
    });
    expect(status).toBe(400);
    expect(codeOf(body)).toBe("validation_failed");
    expect(faultsOf(body).map((fault) => fault.field)).toEqual([
      "steps[1].id",
      "steps[2].depends_on",
      "steps[3].agent",
      "steps[4].task",
      "steps[5].parameters.values[0]",
    ]);
  });

  test("a cycle is named", async () => {
    const { body } = await submit({ name: "round", steps: [echoStep("a", ["b"]), echoStep("b", ["a"])] });
    expect(faultsOf(body)[0]?.detail).toMatch(/a → b → a|b → a → b/);
  });

  test("steps that name a workspace act there, and must agree", async () => {
    const step = (id: string, workspace_id: string) => ({
      id,
      agent: "opencode",
      task: "explain",
      parameters: { context: { workspace_id } },
    });
    const one = await submit({ name: "one", steps: [step("a", "ws-7"), step("b", "ws-7")] });
    expect(one.body).toMatchObject({ workspace_id: "ws-7" });
    const two = await submit({ name: "two", steps: [step("a", "ws-7"), step("b", "ws-8")] });
    expect(faultsOf(two.body)).toEqual([
      {
        field: "steps[1].parameters.context.workspace_id",
        detail: `"ws-8" differs from the workflow's workspace "ws-7"`,
      },
    ]);
  });

  test("an agent that is not served refuses the whole run", async () => {
    const steps = [echoStep("a"), { id: "b", agent: "gpu", task: "run", parameters: { image: "cuda" } }];
    const reply = await submit({ name: "gpu", steps });
    expect(reply).toMatchObject({ status: 503, body: { code: "agent_unavailable" } });
  });

  test("neither a viewer nor another workspace's member may run one", async () => {
    const body = { name: "x", steps: [echoStep("a")], workspace_id: "ws-1", organization_id: "org-a" };
    const viewer = await bench.caller({ role: "viewer", organization_id: "org-a" });
    expect((await viewer.call("POST", "/agentzero/workflows", { body })).status).toBe(403);
    const other = await bench.caller({ role: "member", organization_id: "org-a", workspace_id: "ws-2" });
    expect((await other.call("POST", "/agentzero/workflows", { body })).status).toBe(403);
    const member = await bench.caller({ role: "member", organization_id: "org-a", workspace_id: "ws-1" });
    expect((await member.call("POST", "/agentzero/workflows", { body })).status).toBe(202);
  });

  test("a step cannot reach into a workspace that its author may not use", async () => {
    const steps = [
      { id: "a", agent: "opencode", task: "explain", parameters: { context: { workspace_id: "ws-2" } } },
    ];
    const member = await bench.caller({ role: "member", organization_id: "org-a", workspace_id: "ws-1" });
    const reply = await member.call("POST", "/agentzero/workflows", { body: { name: "reach", steps } });
    expect(reply.status).toBe(403);
  });
});

describe("reading and cancelling runs", () => {
  test("a run is hidden from other organizations", async () => {
    const { body } = await submit({ name: "hidden", organization_id: "org-b", steps: [echoStep("a")] });
    const stranger = await bench.caller({ role: "owner", organization_id: "org-c" });
    const missing = await stranger.call("GET", "/agentzero/workflows/wf_01jd3f00000000000000000000");
    for (const [method, path] of [
      ["GET", ""],
      ["GET", "/events"],
      ["POST", "/cancel"],
    ] as const) {
      const hidden = await stranger.call(method, `/agentzero/workflows/${idOf(body)}${path}`);
      expect(hidden.status).toBe(404);
      expect(hidden.text).toBe(missing.text);
    }
    const list = await stranger.call("GET", "/agentzero/workflows");
    expect(list.body).toEqual({ workflows: [], count: 0 });
  });

  test("runs are listed without their steps, by search", async () => {
    await submit({ name: "find me", steps: [echoStep("a")] });
    const { body } = await bench.owner.call(
      "GET",
      `/agentzero/workflows?q=${encodeURIComponent('name:"find me"')}`,
    );
    expect(body).toMatchObject({ count: 1, workflows: [{ name: "find me" }] });
    expect(body).not.toHaveProperty("workflows[0].steps");
    expect((await bench.owner.call("GET", "/agentzero/workflows?q=step:a")).status).toBe(400);
  });

  test("cancelling ends a run that has not started, once", async () => {
    const { body } = await submit({ name: "stop", steps: [echoStep("a")] });
    const viewer = await bench.caller({ role: "viewer" });
    expect((await viewer.call("POST", `/agentzero/workflows/${idOf(body)}/cancel`)).status).toBe(403);
    const first = await bench.owner.call("POST", `/agentzero/workflows/${idOf(body)}/cancel`);
    expect(first.status).toBe(202);
    const ended = await bench.owner.call("GET", `/agentzero/workflows/${idOf(body)}?wait=10`);
    expect(ended.body).toMatchObject({ status: "cancelled" });
    expect(workflow.parse(ended.body).steps[0]?.status).toBe("cancelled");
    const second = await bench.owner.call("POST", `/agentzero/workflows/${idOf(body)}/cancel`);
    expect(second).toMatchObject({ status: 409, body: { code: "already_final" } });
  });
});
