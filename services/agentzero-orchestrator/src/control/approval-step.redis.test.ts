import { Approvals, checkInvariants, DeadLetters, EventLog, retire } from "@drover/queue";
import { eventually } from "@drover/testing";
import { RunLedger } from "@drover/workflow";
import { expect, test } from "vitest";
import {
  asked,
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

const gate = (parameters: Record<string, unknown> = {}) => [
  step("gate", "approval", { message: "Release it?", ...parameters }),
  echo("release", "gate"),
];

test("an allowed approval lets the run go on, with who decided and what they said as its output", async () => {
  orchestrate();
  await work();
  const id = await submit(gate({ approvers: ["key_boss"] }));
  const approval = await theQuestion();
  expect(approval).toMatchObject({
    kind: "approval",
    workflow_id: id,
    step_id: "gate",
    organization_id: "acme",
    message: "Release it?",
    approvers: ["key_boss"],
    decision: null,
  });
  expect(await run(id)).toMatchObject({ status: "waiting", steps: [{ status: "waiting" }, {}] });
  const approvals = new Approvals(store);
  const decided = await approvals.decide(approval.id, { decision: "allow", comment: "go" }, "key_boss");
  expect(decided).toMatchObject({ status: "allowed", decided_by: "key_boss", comment: "go" });
  expect(await ended(id)).toMatchObject({
    status: "completed",
    result: {
      output: { gate: { decision: "allow", comment: "go", decided_by: "key_boss" }, release: "release" },
    },
  });
});

test("a denied approval fails its step with the comment, blocks what depends on it, and leaves no dead letter", async () => {
  orchestrate();
  const id = await submit(gate());
  await new Approvals(store).decide(
    (await theQuestion()).id,
    { decision: "deny", comment: "not on Friday" },
    "key_boss",
  );
  expect(await ended(id)).toMatchObject({
    status: "failed",
    steps: [
      {
        status: "failed",
        error: { code: "approval_denied", message: expect.stringMatching(/key_boss.*not on Friday/) },
      },
      { status: "blocked" },
    ],
  });
  const letters = await new DeadLetters(store).list({
    visible: "all",
    limit: 1,
    afterId: undefined,
    search: {},
  });
  expect(letters.count).toBe(0);
});

test("from its deadline on an approval takes no decision, and its default counts: deny, unless it says allow", async () => {
  orchestrate();
  await work();
  const strict = await submit(gate({ deadline_seconds: 1 }));
  const lenient = await submit(gate({ deadline_seconds: 1, default: "allow" }));
  expect((await ended(strict)).steps[0]).toMatchObject({
    status: "failed",
    error: { code: "approval_expired" },
  });
  expect(await ended(lenient)).toMatchObject({
    status: "completed",
    result: { output: { gate: { decision: "allow", decided_by: null } } },
  });
  const approvals = new Approvals(store);
  const { items } = await approvals.list({ visible: "all", limit: 9, afterId: undefined, search: {} });
  expect(items.map(({ status }) => status)).toEqual(["expired", "expired"]);
  for (const { id } of items) {
    await expect(approvals.decide(id, { decision: "allow" }, "key_boss")).rejects.toMatchObject({
      code: "approval_expired",
    });
  }
});

test("an approval is decided once: of many at the same time one counts, and the others are told which", async () => {
  orchestrate();
  await work();
  const id = await submit(gate());
  const approval = await theQuestion();
  const approvals = new Approvals(store);
  const voices = Array.from({ length: 10 }, (_, n) =>
    approvals.decide(approval.id, { decision: n % 2 === 0 ? "allow" : "deny" }, `key_${n}`),
  );
  const outcomes = await Promise.allSettled(voices);
  const counted = outcomes.filter(({ status }) => status === "fulfilled");
  const refused = outcomes.filter(({ status }) => status === "rejected");
  expect(counted).toHaveLength(1);
  expect(refused.map((outcome) => Object(Object(outcome)["reason"])["code"])).toEqual(
    Array.from({ length: 9 }, () => "already_decided"),
  );
  const last = await approvals.find(approval.id);
  expect(await ended(id)).toMatchObject({ status: last?.decision === "allow" ? "completed" : "failed" });
});

test("a decision counts while no orchestrator runs, and the run goes on when one does", async () => {
  const first = orchestrate();
  await work();
  const id = await submit(gate());
  const approval = await theQuestion();
  await close(first);
  await new Approvals(store).decide(approval.id, { decision: "allow" }, "key_boss");
  orchestrate();
  expect(await ended(id)).toMatchObject({ status: "completed" });
});

test("a decision whose gateway died before it woke the step is found by the sweeper", async () => {
  const first = orchestrate();
  await work();
  const id = await submit(gate());
  const approval = await theQuestion();
  const task = await stepTask(id, "gate", "waiting");
  await close(first);
  await new Approvals(store).decide(approval.id, { decision: "allow" }, "key_boss");
  await putToSleep(task);
  orchestrate();
  await eventually(async () => (await mend(task.shard)).step_asleep === 1);
  expect(await ended(id)).toMatchObject({ status: "completed" });
});

test("a step that is run again after a denial asks again, and the first answer stands as it was", async () => {
  orchestrate();
  await work();
  const id = await submit(gate());
  const first = await theQuestion();
  const approvals = new Approvals(store);
  await approvals.decide(first.id, { decision: "deny" }, "key_boss");
  await ended(id);
  await new RunLedger(store).retry(id, null, "key_author");
  const second = await theQuestion();
  expect(second).toMatchObject({ task_id: first.task_id, workflow_id: id });
  expect(second.id).not.toBe(first.id);
  await approvals.decide(second.id, { decision: "allow" }, "key_boss");
  expect(await ended(id)).toMatchObject({ status: "completed" });
  expect(await approvals.find(first.id)).toMatchObject({ status: "denied" });
});

test("while its run is paused a decision counts, and the step goes on when the run is resumed", async () => {
  orchestrate();
  await work();
  const id = await submit(gate());
  const approval = await theQuestion();
  const runs = new RunLedger(store);
  await runs.pause(id, "key_author");
  await new Approvals(store).decide(approval.id, { decision: "allow" }, "key_boss");
  await stepTask(id, "gate", "parked");
  expect((await run(id)).status).toBe("paused");
  await runs.resume(id, "key_author");
  expect(await ended(id)).toMatchObject({ status: "completed" });
});

test("the message may hold expressions, and each item of a list can be asked about", async () => {
  orchestrate();
  const id = await submit([
    step("gate", "approval", { message: "Release ${{ item }}?" }, { for_each: '["api", "web"]' }),
  ]);
  const approvals = await asked(2);
  expect(approvals.map(({ message }) => message).sort()).toEqual(["Release api?", "Release web?"]);
  expect(approvals.map(({ step_id }) => step_id).sort()).toEqual(["gate[0]", "gate[1]"]);
  for (const { id: approval } of approvals)
    await new Approvals(store).decide(approval, { decision: "allow" }, "key_boss");
  expect(await ended(id)).toMatchObject({
    result: { output: { gate: [{ decision: "allow" }, { decision: "allow" }] } },
  });
});

test("cancelling a run ends its waiting approval at once: it takes no decision any more, and the run waits for nobody", async () => {
  orchestrate();
  const id = await submit(gate());
  const approval = await theQuestion();
  await new RunLedger(store).cancel(id, "key_author");
  expect(await run(id)).toMatchObject({ status: "cancelled", steps: [{ status: "cancelled" }, {}] });
  const approvals = new Approvals(store);
  expect(await approvals.find(approval.id)).toMatchObject({ status: "cancelled" });
  await expect(approvals.decide(approval.id, { decision: "allow" }, "key_boss")).rejects.toMatchObject({
    code: "already_final",
  });
});

test("asking and deciding are told in the events of the step and of its run", async () => {
  orchestrate();
  await work();
  const id = await submit(gate());
  const approval = await theQuestion();
  await new Approvals(store).decide(approval.id, { decision: "allow" }, "key_boss");
  await ended(id);
  const shard = store.keyspace.shardOf("acme");
  await using log = new EventLog(store);
  const events = await log.read(shard, { kind: "workflow", id }, undefined);
  const told = events.filter(({ type }) => type.startsWith("step.approval"));
  expect(told).toMatchObject([
    { type: "step.approval_requested", step_id: "gate", data: { approval_id: approval.id } },
    { type: "step.approval_decided", step_id: "gate", data: { decision: "allow", decided_by: "key_boss" } },
  ]);
  const own = await log.read(shard, { kind: "task", id: approval.task_id }, undefined);
  expect(own.map(({ type }) => type)).toContain("task.approval_requested");
});

test("a hundred waiting approvals hold no worker: with room for one job at a time other steps run to their end", {
  timeout: 120_000,
}, async () => {
  orchestrate(1);
  await work(1);
  const gates = Array.from({ length: 100 }, (_, n) => step(`gate${n}`, "approval", { message: `${n}?` }));
  const waiting = await submit(gates);
  const approvals = await asked(100);
  const other = await submit([echo("one"), echo("two", "one")]);
  expect(await ended(other)).toMatchObject({ status: "completed" });
  expect((await run(waiting)).steps.map(({ status }) => status)).toEqual(gates.map(() => "waiting"));
  await Promise.all(
    approvals.map(({ id }) => new Approvals(store).decide(id, { decision: "allow" }, "key_boss")),
  );
  expect(await ended(waiting)).toMatchObject({ status: "completed" });
});

test("what waits is accounted for while it waits, and when it has ended", async () => {
  orchestrate();
  await work();
  const inner = step("pause", "wait", { duration_seconds: 3600 });
  const id = await submit([
    ...gate(),
    inner,
    step("call", "workflow", { workflow: { name: "child", steps: [inner] } }),
  ]);
  await theQuestion();
  await stepTask(id, "pause", "delayed");
  await stepTask(id, "call", "waiting");
  expect(await checkInvariants(store, { full: true })).toMatchObject({
    leaks: [],
    drift: [],
    ok: true,
    agents: { control: { accepted: 4, waiting: 2, delayed: 2 } },
  });
  await new RunLedger(store).cancel(id, "key_author");
  await ended(id);
  expect(await checkInvariants(store, { full: true })).toMatchObject({
    ok: true,
    leaks: [],
    agents: { control: { accepted: 4, waiting: 0, delayed: 0, final: 4 } },
  });
});

test("an approval is kept as long as its task, and forgotten with it", async () => {
  orchestrate();
  const id = await submit(gate());
  const approval = await theQuestion();
  const shard = store.keyspace.shardOf("acme");
  await new Approvals(store).decide(approval.id, { decision: "deny" }, "key_boss");
  await ended(id);
  await retire(store, shard, { ageMs: 0, tasksMax: 0, runsMax: 0, deadLettersMax: 0 });
  expect(await store.redis.exists(shard.task(approval.task_id))).toBe(0);
  expect(await store.redis.exists(shard.approval(approval.id))).toBe(0);
  expect(await store.redis.exists(shard.taskApprovals(approval.task_id))).toBe(0);
  expect(await store.redis.zcard(shard.index("approvals", "acme"))).toBe(0);
});
