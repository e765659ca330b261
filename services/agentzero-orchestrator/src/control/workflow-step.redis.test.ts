import { deriveId, type Payload, type WorkflowStep } from "@drover/contracts";
import { Approvals } from "@drover/queue";
import { eventually } from "@drover/testing";
import { RunEngine, RunLedger } from "@drover/workflow";
import { expect, test } from "vitest";
import {
  close,
  echo,
  ended,
  mend,
  orchestrate,
  putToSleep,
  run,
  step,
  stepTask,
  store,
  submit,
  theQuestion,
  work,
} from "./control.fixture.ts";

const calling = (steps: WorkflowStep[], more: Payload = {}) =>
  step("call", "workflow", { workflow: { name: "the child", steps, ...more } });
const childOf = (parent: string) => deriveId("workflow", parent, "call");
const broken: WorkflowStep = {
  id: "broken",
  agent: "diagnostics",
  task: "fail",
  parameters: { class: "permanent" },
};
const endless: WorkflowStep = {
  id: "endless",
  agent: "diagnostics",
  task: "sleep",
  parameters: { ms: 60_000 },
};

test("a child run acts for its parent, and its result is the step's output", async () => {
  orchestrate();
  await work();
  const parent = await submit([
    calling([echo("a"), echo("b", "a")], { result: ["b"] }),
    echo("after", "call"),
  ]);
  expect(await ended(parent)).toMatchObject({
    status: "completed",
    result: { output: { call: { b: "b" }, after: "after" } },
  });
  const [own, child] = [await run(parent), await run(childOf(parent))];
  expect(child).toMatchObject({
    status: "completed",
    name: "the child",
    organization_id: "acme",
    created_by: "key_author",
    workspace_id: own.workspace_id,
    parent: { workflow_id: parent, step_id: "call" },
  });
});

test("a child whose starter died before it could wait is found, not started anew", async () => {
  const parent = await submit([calling([echo("again")])]);
  const link = { workflow_id: parent, step_id: "call", task_id: deriveId("task", parent, "call"), depth: 1 };
  await submit([], {
    id: childOf(parent),
    definition: { name: "started before", steps: [echo("before")] },
    parent: link,
  });
  orchestrate();
  await work();
  expect(await ended(parent)).toMatchObject({
    status: "completed",
    result: { output: { call: { before: "before" } } },
  });
});

test("a child that fails fails its step, which names it and what failed in it", async () => {
  orchestrate();
  await work();
  const parent = await submit([calling([broken]), echo("after", "call")]);
  const { status, steps } = await ended(parent);
  expect(status).toBe("failed");
  expect(steps).toMatchObject([
    {
      status: "failed",
      error: {
        code: "child_workflow_failed",
        message: expect.stringMatching(new RegExp(`the child \\(${childOf(parent)}\\).*broken`)),
      },
    },
    { status: "blocked" },
  ]);
});

test("a step that is run again after its child failed runs a child of its own", async () => {
  orchestrate();
  await work();
  const gate = step("gate", "approval", { message: "Go on?" });
  const parent = await submit([calling([gate])]);
  const approvals = new Approvals(store);
  await approvals.decide((await theQuestion()).id, { decision: "deny" }, "key_boss");
  expect((await ended(parent)).status).toBe("failed");
  await new RunLedger(store).retry(parent, null, "key_author");
  const second = await theQuestion();
  expect(second.workflow_id).not.toBe(childOf(parent));
  await approvals.decide(second.id, { decision: "allow" }, "key_boss");
  expect((await ended(parent)).status).toBe("completed");
  expect((await run(childOf(parent))).status).toBe("failed");
});

test("cancelling a run cancels its child, and the child's steps", async () => {
  orchestrate();
  await work();
  const parent = await submit([calling([endless])]);
  await stepTask(parent, "call", "waiting");
  await stepTask(childOf(parent), "endless", "running");
  await new RunLedger(store).cancel(parent, "key_author");
  expect((await run(parent)).steps[0]?.status).toBe("cancelled");
  expect((await ended(parent)).status).toBe("cancelled");
  expect(await ended(childOf(parent))).toMatchObject({
    status: "cancelled",
    steps: [{ status: "cancelled" }],
  });
});

test("a child that somebody cancels ends its step as cancelled", async () => {
  orchestrate();
  await work();
  const parent = await submit([calling([endless]), echo("after", "call")]);
  await stepTask(parent, "call", "waiting");
  await stepTask(childOf(parent), "endless", "running");
  await new RunLedger(store).cancel(childOf(parent), "key_author");
  expect(await ended(parent)).toMatchObject({ status: "cancelled", steps: [{ status: "cancelled" }, {}] });
});

test("a failure that stops the parent stops its child", async () => {
  orchestrate();
  await work();
  const gate = step("gate", "wait", { duration_seconds: 0.5 });
  const parent = await submit([calling([endless]), gate, { ...broken, depends_on: ["gate"] }], {
    definition: {
      name: "test",
      on_failure: "fail_fast",
      steps: [calling([endless]), gate, { ...broken, depends_on: ["gate"] }],
    },
  });
  expect((await ended(parent)).status).toBe("failed");
  expect((await ended(childOf(parent))).status).toBe("cancelled");
});

test("a child whose parent died while cancelling it is found by the sweeper", async () => {
  orchestrate();
  await work();
  const parent = await submit([calling([endless])]);
  const { shard, row } = await stepTask(parent, "call", "waiting");
  const child = childOf(parent);
  await stepTask(child, "endless", "running");
  // As if who cancelled had died after the first write.
  await store.redis.hset(shard.task(row.spec.id), "status", "cancelled");
  await eventually(async () => (await mend(shard)).orphan_run === 1);
  expect((await ended(child)).status).toBe("cancelled");
});

test("a parent whose child ended while nobody could wake it is found by the sweeper", async () => {
  const first = orchestrate();
  const parent = await submit([calling([step("pause", "wait", { duration_seconds: 3600 })])]);
  const task = await stepTask(parent, "call", "waiting");
  await stepTask(childOf(parent), "pause", "delayed");
  await close(first);
  await new RunLedger(store).cancel(childOf(parent), "key_author");
  expect((await run(childOf(parent))).status).toBe("cancelled");
  await putToSleep(task);
  orchestrate();
  await eventually(async () => (await mend(task.shard)).step_asleep === 1);
  expect((await ended(parent)).status).toBe("cancelled");
});

const nested = (depth: number): WorkflowStep[] =>
  depth === 0 ? [echo("leaf")] : [calling(nested(depth - 1))];

test("runs within runs go four deep and no deeper", async () => {
  orchestrate();
  await work();
  expect((await ended(await submit(nested(4)))).status).toBe("completed");
  const tooDeep = await ended(await submit(nested(5)));
  expect(tooDeep).toMatchObject({ status: "failed", steps: [{ error: { code: "child_workflow_failed" } }] });
  const seen = await eventually(async () => {
    const page = await new RunLedger(store).list({
      visible: "all",
      limit: 50,
      afterId: undefined,
      search: { status: "failed" },
    });
    return page.items;
  });
  const codes = (await Promise.all(seen.map(({ id }) => run(id)))).map(({ steps }) => steps[0]?.error?.code);
  expect(codes.filter((code) => code === "nesting_too_deep")).toHaveLength(1);
});

test("a child reaches another workspace only where who started the parent may", async () => {
  orchestrate();
  await work();
  const steps = [calling([echo("a")], { workspace_id: "ws-other" })];
  expect((await ended(await submit(steps))).steps[0]).toMatchObject({ error: { code: "forbidden" } });
  const allowed = await submit(steps, { acrossWorkspaces: true });
  expect((await ended(allowed)).status).toBe("completed");
  expect((await run(childOf(allowed))).workspace_id).toBe("ws-other");
  const foreign = await submit([calling([echo("a")], { organization_id: "globex" })], {
    acrossWorkspaces: true,
  });
  expect((await ended(foreign)).steps[0]).toMatchObject({ error: { code: "forbidden" } });
});

test("a child that is no valid workflow fails its step, which names the faults", async () => {
  orchestrate();
  const parent = await submit([calling([echo("a", "nowhere"), { ...echo("b"), task: "dance" }])]);
  expect((await ended(parent)).steps[0]).toMatchObject({
    error: { code: "invalid_payload", message: expect.stringMatching(/nowhere.*dance/) },
  });
  const child = await new RunLedger(store, new RunEngine(store)).find(childOf(parent));
  expect(child).toBeNull();
});
