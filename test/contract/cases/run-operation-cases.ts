/** What is done to runs: cancelling, pausing, resuming, retrying. */
import { expect } from "vitest";
import { z } from "zod";
import type { Case } from "../case.ts";
import type { Sent, World } from "../world.ts";

const echo = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  agent: "diagnostics",
  task: "echo",
  parameters: { value: id },
  ...more,
});
const diamond = [
  echo("a"),
  echo("b", { depends_on: ["a"] }),
  echo("c", { depends_on: ["a"] }),
  echo("d", { depends_on: ["b", "c"] }),
];

const slow = { id: "slow", agent: "diagnostics", task: "sleep", parameters: { ms: 60_000 } };

const cancelWorkflow: Case[] = [
  {
    title: "ends a run and its steps",
    sends: async (world) => ({
      params: { workflow_id: await world.submitRun({ name: "cancelled", steps: [slow] }) },
    }),
    status: 202,
    also: async ({ body }, world) => {
      const params = { workflow_id: z.object({ id: z.string() }).parse(body).id };
      const ended = await world.call("getWorkflow", { params, query: { wait: 20 } });
      expect(ended.body).toMatchObject({
        status: "cancelled",
        steps: [{ step_id: "slow", status: "cancelled" }],
      });
    },
  },
  {
    title: "of a run that has ended",
    sends: async (world) => {
      const id = await world.submitRun({ name: "over", steps: [echo("a")] });
      await world.stack.client.waitForWorkflow(id, { timeoutMs: 30_000 });
      return { params: { workflow_id: id } };
    },
    status: 409,
    code: "already_final",
  },
];

const ofRun = (workflow_id: string): Sent => ({ params: { workflow_id } });
const overRun = async (world: World): Promise<Sent> => {
  const id = await world.submitRun({ name: "over", steps: [echo("a")] });
  await world.stack.client.waitForWorkflow(id, { timeoutMs: 30_000 });
  return ofRun(id);
};
const ended = async (world: World, body: unknown) =>
  await world.call("getWorkflow", {
    ...ofRun(z.object({ id: z.string() }).parse(body).id),
    query: { wait: 20 },
  });

const pauseWorkflow: Case[] = [
  {
    title: "holds what has not started",
    sends: async (world) => ofRun(await world.submitRun({ name: "paused", steps: [slow] })),
    status: 202,
    body: { status: "paused" },
    also: async ({ body }, world) => {
      await world.call("cancelWorkflow", ofRun(z.object({ id: z.string() }).parse(body).id));
      expect((await ended(world, body)).body).toMatchObject({ status: "cancelled" });
    },
  },
  { title: "of a run that has ended", sends: overRun, status: 409, code: "already_final" },
];

const resumeWorkflow: Case[] = [
  {
    title: "starts what waited",
    sends: async (world) => {
      const id = await world.submitRun({ name: "resumed", steps: diamond });
      await world.call("pauseWorkflow", ofRun(id));
      return ofRun(id);
    },
    status: 202,
    also: async ({ body }, world) => {
      expect((await ended(world, body)).body).toMatchObject({ status: "completed" });
    },
  },
  { title: "of a run that has ended", sends: overRun, status: 409, code: "already_final" },
];

const broken = { id: "broken", agent: "diagnostics", task: "fail", parameters: { class: "permanent" } };

const retryWorkflow: Case[] = [
  {
    title: "runs again what failed, without any body",
    sends: async (world) => {
      const id = await world.submitRun({ name: "retried", steps: [echo("a"), broken] });
      await world.stack.client.waitForWorkflow(id, { timeoutMs: 30_000 });
      return ofRun(id);
    },
    status: 202,
    body: { error: null, finished_at: null },
  },
  {
    title: "runs again from a step on",
    sends: async (world) => ({ ...(await overRun(world)), body: { from_step: "a" } }),
    status: 202,
    also: async ({ body }, world) => {
      expect((await ended(world, body)).body).toMatchObject({ status: "completed" });
    },
  },
  { title: "of a run of which every step completed", sends: overRun, status: 409, code: "conflict" },
  {
    title: "from a step that there is not",
    sends: async (world) => ({ ...(await overRun(world)), body: { from_step: "z" } }),
    status: 400,
    code: "validation_failed",
    faults: { from_step: "z" },
  },
  {
    title: "of a run that goes on",
    sends: async (world) => ofRun(await world.submitRun({ name: "going", steps: [slow] })),
    status: 409,
    code: "conflict",
  },
];

export const runOperationCases = { cancelWorkflow, pauseWorkflow, resumeWorkflow, retryWorkflow };
