/** Why a task is where it is. */
import { eventually } from "@drover/testing";
import { expect } from "vitest";
import { create, prefix } from "../../e2e/api.ts";
import type { Case } from "../case.ts";
import type { World } from "../world.ts";

const statusOf = async (world: World, id: string) =>
  Object((await world.call("getTask", { params: { task_id: id } })).body)["status"];

const until = (world: World, id: string, status: string) =>
  eventually(async () => (await statusOf(world, id)) === status, { deadlineMs: 20_000 });

const reasons = (status: string, ...found: object[]) => ({ status, reasons: found });

/** Keeps OpenCode busy in `workspace`. */
const sleepIn = (world: World, workspace: string) =>
  create(world.stack, `${prefix}/opencode/tasks`, {
    type: "opencode",
    payload: { action: "prompt", prompt: "sleep 60", context: { workspace_id: workspace } },
  });

async function cancel(world: World, id: string): Promise<void> {
  await world.call("cancelTask", { params: { task_id: id } });
  await until(world, id, "cancelled");
}

const pause = { id: "pause", agent: "control", task: "wait" };

/** The task of a control step that has begun to wait. */
async function waitingStep(world: World, task: string, parameters: Record<string, unknown>) {
  const steps = [{ id: "a", agent: "control", task, parameters }];
  const workflow_id = await world.submitRun({ name: "waits", steps });
  const task_id = await eventually(
    async () => {
      const { body } = await world.call("getWorkflow", { params: { workflow_id } });
      const id: unknown = Object(body)["steps"][0].task_id;
      return typeof id === "string" && /waiting|delayed/.test(await statusOf(world, id)) ? id : false;
    },
    { deadlineMs: 20_000 },
  );
  return { params: { task_id } };
}

const explainTask: Case[] = [
  {
    title: "of a task that has ended",
    sends: async (world) => ({
      params: { task_id: await world.submitAndWait({ action: "echo", value: 1 }) },
    }),
    status: 200,
    body: reasons("completed", { code: "final" }),
  },
  {
    title: "of a task that runs",
    sends: async (world) => {
      const id = await world.submit({ action: "sleep", ms: 60_000 });
      await until(world, id, "running");
      return { params: { task_id: id } };
    },
    status: 200,
    body: reasons("running", { code: "running", message: "Attempt 1 is running." }),
  },
  {
    title: "of a task that was submitted with a delay",
    sends: async (world) => ({ params: { task_id: await world.submitLater() } }),
    status: 200,
    body: reasons("delayed", { code: "delayed_until", until: expect.any(String) }),
  },
  {
    title: "of a task that waits for its next attempt",
    sends: async (world) => {
      const id = await world.submit({ action: "fail", class: "retryable" }, { max_attempts: 3 });
      // Each wait is longer than the one before it.
      await eventually(
        async () => {
          const { body } = await world.call("getTask", { params: { task_id: id } });
          return Object(body)["attempt"] >= 2 && Object(body)["status"] === "delayed";
        },
        { deadlineMs: 20_000 },
      );
      return { params: { task_id: id } };
    },
    status: 200,
    body: reasons("delayed", { code: "delayed_until", message: "It waits before its next attempt." }),
  },
  {
    title: "of a task whose queue is paused",
    sends: async (world) => {
      await world.call("pauseQueue", { params: { queue_name: "diagnostics" } });
      return { params: { task_id: await world.submit({ action: "echo", value: "held" }) } };
    },
    status: 200,
    body: reasons("queued", { code: "queue_paused", ref: "diagnostics" }),
    also: async (_answer, world) => {
      const list = await world.call("listTasks", {
        query: { q: "status:queued agent:diagnostics", limit: 1 },
      });
      const [{ id }] = Object(list.body)["tasks"];
      const state = await world.call("getAgentState", { params: { agent_name: "diagnostics" } });
      expect(Object(state.body)["queue"].paused).toBe(true);
      expect(Object(state.body)["queue"].prioritized).toBeGreaterThan(0);
      const demand = await world.call("getQueueDemand", { params: { queue_name: "diagnostics" } });
      expect(Object(demand.body)["backlog"]).toBeGreaterThan(0);
      await world.call("resumeQueue", { params: { queue_name: "diagnostics" } });
      await until(world, id, "completed");
    },
    after: async (world) => {
      await world.call("resumeQueue", { params: { queue_name: "diagnostics" } });
    },
  },
  {
    title: "of a step that waits for a person",
    sends: (world) => waitingStep(world, "approval", { message: "Release it?", approvers: ["owner"] }),
    status: 200,
    body: reasons("waiting", {
      code: "waiting_for_approval",
      ref: expect.stringMatching(/^apr_/),
      until: expect.any(String),
      message: expect.stringContaining("owner"),
    }),
  },
  {
    title: "of a step that waits for a time",
    sends: (world) => waitingStep(world, "wait", { duration_seconds: 3600 }),
    status: 200,
    body: reasons("delayed", { code: "waiting_until", until: expect.any(String) }),
  },
  {
    title: "of a step that waits for another run",
    sends: (world) =>
      waitingStep(world, "workflow", {
        workflow: { name: "child", steps: [{ ...pause, parameters: { duration_seconds: 3600 } }] },
      }),
    status: 200,
    body: reasons("waiting", { code: "waiting_for_workflow", ref: expect.stringMatching(/^wf_/) }),
  },
  {
    title: "of a task whose workspace is taken names the task that has it",
    sends: async (world) => {
      const holder = await sleepIn(world, "ws-contract");
      await until(world, holder, "running");
      const id = await sleepIn(world, "ws-contract");
      await until(world, id, "parked");
      return { params: { task_id: id } };
    },
    status: 200,
    body: reasons("parked", { code: "no_free_slot", ref: expect.stringMatching(/^task_/) }),
    also: async ({ body }, world) => {
      const list = await world.call("listTasks", { query: { q: "status:parked workspace:ws-contract" } });
      const [{ id }] = Object(list.body)["tasks"];
      await cancel(world, id);
      await cancel(world, Object(body)["reasons"][0].ref);
    },
  },
];

const explainWorkflow: Case[] = [
  {
    title: "tells of each step that has not ended what it waits for",
    sends: async (world) => {
      const step = (id: string, depends_on: string[] = []) => ({
        id,
        agent: "diagnostics",
        task: "sleep",
        parameters: { ms: 60_000 },
        depends_on,
      });
      const id = await world.submitRun({ name: "why", steps: [step("a"), step("b", ["a"])] });
      const params = { workflow_id: id };
      await eventually(
        async () =>
          Object((await world.call("getWorkflow", { params })).body)["steps"][0].status === "running",
        { deadlineMs: 20_000 },
      );
      return { params };
    },
    status: 200,
    body: {
      status: "running",
      reasons: [{ code: "running" }],
      count: 2,
      steps: [
        { step_id: "a", status: "running", reasons: [{ code: "running" }] },
        { step_id: "b", status: "pending", reasons: [{ code: "waiting_for_step", ref: "a" }] },
      ],
    },
  },
  {
    title: "of a run that has ended",
    sends: async (world) => {
      const step = { id: "a", agent: "diagnostics", task: "echo", parameters: { value: 1 } };
      const id = await world.submitRun({ name: "over", steps: [step] });
      await world.stack.client.waitForWorkflow(id, { timeoutMs: 30_000 });
      return { params: { workflow_id: id } };
    },
    status: 200,
    body: { status: "completed", reasons: [{ code: "final" }], steps: [], count: 0 },
  },
];

export const whyCases = { explainTask, explainWorkflow };
