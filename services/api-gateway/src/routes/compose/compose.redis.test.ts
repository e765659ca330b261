import { composeStarted, listOf, task } from "@drover/contracts";
import { eventually } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bench, type Caller, faultsOf, resultOf, startBench } from "../../gateway.bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const plan = {
  planner: "rules",
  explanation: "One step is enough.",
  workflow: {
    name: "Plan",
    steps: [{ id: "a", agent: "diagnostics", task: "echo", parameters: { value: 1 } }],
  },
};

const compose = (caller: Caller, body: object, headers: Record<string, string> = {}) =>
  caller.call("POST", "/agentzero/compose", { body: { goal: "Echo something", ...body }, headers });

/** The planning task of the last call, as soon as it is there. */
async function planningTask(after: string | undefined): Promise<string> {
  return await eventually(async () => {
    const { body } = await bench.owner.call("GET", "/tasks?q=agent:agentzero%20status:queued&limit=1");
    const id = listOf("tasks", task).parse(body).tasks[0]?.id;
    return id !== undefined && id !== after && id;
  });
}

test("a plan is answered when the planner has made it", async () => {
  const waiting = compose(bench.owner, { planner: "rules", constraints: ["be brief"] });
  const id = await planningTask(undefined);
  const claim = await bench.claim(id);
  expect(claim.spec.payload).toEqual({
    action: "compose",
    goal: "Echo something",
    planner: "rules",
    constraints: ["be brief"],
  });
  await claim.complete(resultOf(plan));
  expect(await waiting).toMatchObject({ status: 200, body: plan });
});

test("with run, the plan is started in the workspace that was asked for", async () => {
  const waiting = compose(bench.owner, { run: true, workspace_id: "ws-5" });
  await (await bench.claim(await planningTask(undefined))).complete(resultOf(plan));
  const { status, body } = await waiting;
  expect(status).toBe(202);
  const run = await bench.owner.call("GET", `/agentzero/workflows/${composeStarted.parse(body).workflow_id}`);
  expect(run.body).toMatchObject({ name: "Plan", workspace_id: "ws-5" });
});

test("a plan that can't be made valid is the planner's failure, with its reason", async () => {
  const waiting = compose(bench.owner, {});
  const claim = await bench.claim(await planningTask(undefined));
  await claim.fail({
    code: "plan_invalid",
    message: "steps[0].agent: there is no agent",
    retryable: false,
    attempt: 1,
  });
  expect(await waiting).toMatchObject({
    status: 502,
    body: { code: "planning_failed", detail: "steps[0].agent: there is no agent" },
  });
});

test("an invalid plan is never run", async () => {
  const waiting = compose(bench.owner, { run: true });
  const invalid = { ...plan, workflow: { name: "x", steps: [{ id: "a", agent: "cobol", task: "run" }] } };
  await (await bench.claim(await planningTask(undefined))).complete(resultOf(invalid));
  const { status, body } = await waiting;
  expect(status).toBe(502);
  expect(body).toMatchObject({ code: "planning_failed", validations: [{ field: "steps[0].agent" }] });
});

test("asking again with the same Idempotency-Key joins the planning that is under way", async () => {
  const headers = { "Idempotency-Key": "compose-1" };
  const waiting = [
    compose(bench.owner, { run: true }, headers),
    compose(bench.owner, { run: true }, headers),
  ];
  await (await bench.claim(await planningTask(undefined))).complete(resultOf(plan));
  const [first, second] = await Promise.all(waiting);
  expect(first?.body).toMatchObject({ workflow_id: composeStarted.parse(second?.body).workflow_id });
  expect((await bench.owner.call("GET", "/tasks?q=agent:agentzero%20status:queued")).body).toMatchObject({
    count: 0,
  });
});

test("a viewer may not compose, and a goal is needed", async () => {
  const viewer = await bench.caller({ role: "viewer" });
  expect((await compose(viewer, {})).status).toBe(403);
  expect(faultsOf((await compose(bench.owner, { goal: "" })).body)[0]?.field).toBe("goal");
});
