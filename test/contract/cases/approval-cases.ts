/** Approvals: listing what waits for a person, and deciding it. */
import { eventually } from "@drover/testing";
import { expect } from "vitest";
import { z } from "zod";
import type { Case } from "../case.ts";
import { uniqueName, type World } from "../world.ts";

const listed = z.object({
  approvals: z.array(z.object({ id: z.string(), task_id: z.string(), workflow_id: z.string() })),
  count: z.number(),
});
type Listed = z.infer<typeof listed>["approvals"][number];

/** Approvals of one run that somebody has been asked for; cancelled with their run. */
async function ask(world: World, parameters: Record<string, unknown> = {}, count = 1): Promise<Listed[]> {
  const steps = Array.from({ length: count }, (_, n) => ({
    id: `gate${n}`,
    agent: "control",
    task: "approval",
    parameters: { message: "Release it?", ...parameters },
  }));
  const workflow = await world.submitRun({ name: "asks", workspace_id: uniqueName("ws-asks"), steps });
  return await eventually(
    async () => {
      const { body } = await world.call("listApprovals", { query: { q: `workflow:${workflow}` } });
      const { approvals } = listed.parse(body);
      return approvals.length === count ? approvals : false;
    },
    { deadlineMs: 30_000 },
  );
}

const paramsOf = (approval: Listed | undefined) => ({ approval_id: approval?.id ?? "" });
const decide = async (world: World, approval: Listed | undefined, decision: "allow" | "deny") =>
  await world.call("decideApproval", { params: paramsOf(approval), body: { decision } });

const endOf = async (world: World, workflow_id: string | undefined) =>
  await world.call("getWorkflow", { params: { workflow_id: workflow_id ?? "" }, query: { wait: 30 } });

const listApprovals: Case[] = [
  {
    title: "shows what waits, for what and until when, and pages",
    sends: async (world) => {
      const [first] = await ask(world, { approvers: ["owner"], deadline_seconds: 600 }, 3);
      return { query: { q: `status:open workflow:${first?.workflow_id} organization:default`, limit: 2 } };
    },
    status: 200,
    body: {
      count: 3,
      approvals: [
        {
          kind: "approval",
          status: "open",
          message: "Release it?",
          approvers: ["owner"],
          default_decision: "deny",
          decision: null,
          decided_by: null,
          deadline: expect.any(String),
        },
        {},
      ],
    },
    also: async ({ body }, world) => {
      const first = listed.parse(body).approvals;
      const q = `workflow:${first[0]?.workflow_id}`;
      const query = { q, after_id: first.at(-1)?.id ?? "" };
      const rest = listed.parse((await world.call("listApprovals", { query })).body);
      const ids = [...first, ...rest.approvals].map(({ id }) => id);
      expect(ids).toHaveLength(3);
      expect(ids).toEqual([...new Set(ids)].sort().reverse());
      const one = await world.call("listApprovals", { query: { q: `task:${first[0]?.task_id}` } });
      expect(listed.parse(one.body).count).toBe(1);
      const run = await world.call("getWorkflow", { params: { workflow_id: first[0]?.workflow_id ?? "" } });
      expect(run.body).toMatchObject({ status: "waiting" });
    },
  },
];

const decideApproval: Case[] = [
  {
    title: "allows, and the run goes on",
    sends: async (world) => {
      const [approval] = await ask(world);
      return { params: paramsOf(approval), body: { decision: "allow", comment: "go", remember: "task" } };
    },
    status: 200,
    body: {
      status: "allowed",
      decision: "allow",
      comment: "go",
      remember: "task",
      decided_by: expect.any(String),
    },
    also: async ({ body }, world) => {
      const { workflow_id } = z.object({ workflow_id: z.string() }).parse(body);
      expect((await endOf(world, workflow_id)).body).toMatchObject({
        status: "completed",
        result: { output: { gate0: { decision: "allow", comment: "go" } } },
      });
    },
  },
  {
    title: "denies, and the step fails",
    sends: async (world) => {
      const [approval] = await ask(world);
      return { params: paramsOf(approval), body: { decision: "deny" } };
    },
    status: 200,
    body: { status: "denied", decision: "deny", comment: null },
    also: async ({ body }, world) => {
      const { workflow_id } = z.object({ workflow_id: z.string() }).parse(body);
      expect((await endOf(world, workflow_id)).body).toMatchObject({
        status: "failed",
        steps: [{ status: "failed", error: { code: "approval_denied" } }],
      });
    },
  },
  {
    title: "a second time",
    sends: async (world) => {
      const [approval] = await ask(world);
      await decide(world, approval, "allow");
      return { params: paramsOf(approval), body: { decision: "deny" } };
    },
    status: 409,
    code: "already_decided",
  },
  {
    title: "after the deadline, when its default counts",
    sends: async (world) => {
      const [approval] = await ask(world, { deadline_seconds: 1 });
      const ended = await endOf(world, approval?.workflow_id);
      expect(ended.body).toMatchObject({
        status: "failed",
        steps: [{ error: { code: "approval_expired" } }],
      });
      return { params: paramsOf(approval), body: { decision: "allow" } };
    },
    status: 409,
    code: "approval_expired",
  },
  {
    title: "of a run that was cancelled",
    sends: async (world) => {
      const [approval] = await ask(world);
      await world.call("cancelWorkflow", { params: { workflow_id: approval?.workflow_id ?? "" } });
      return { params: paramsOf(approval), body: { decision: "allow" } };
    },
    status: 409,
    code: "already_final",
  },
  {
    title: "by somebody who is not among its approvers",
    sends: async (world) => {
      const [approval] = await ask(world, { approvers: ["key_somebody_else"] });
      return { params: paramsOf(approval), body: { decision: "allow" } };
    },
    status: 403,
    code: "forbidden",
  },
  {
    title: "names every fault of a decision",
    sends: { params: { approval_id: "nope" }, body: { decision: "maybe", comment: 1, remember: "always" } },
    status: 400,
    code: "validation_failed",
    faults: { decision: "allow", comment: "string", remember: "task" },
  },
];

export const approvalCases = { listApprovals, decideApproval };
