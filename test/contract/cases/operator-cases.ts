/** What operators ask: the registry, queues, dead letters, health. */
import { agentNames } from "@drover/contracts";
import { eventually } from "@drover/testing";
import { expect } from "vitest";
import { z } from "zod";
import type { Case } from "../case.ts";
import { uniqueName, type World } from "../world.ts";

const letters = z.object({
  dead_letters: z.array(z.object({ id: z.string(), task_id: z.string(), workspace_id: z.string() })),
  count: z.number(),
});

/** Dead letters of a workspace of their own. */
async function bury(world: World, count = 1): Promise<z.infer<typeof letters>["dead_letters"]> {
  const workspace = uniqueName("ws-buried");
  for (let n = 0; n < count; n += 1)
    await world.submitAndWait({ action: "fail", class: "permanent" }, { workspace_id: workspace });
  const query = { q: `workspace:${workspace}` };
  return letters.parse((await world.call("listDeadLetters", { query })).body).dead_letters;
}

const paramsOf = async (world: World) => ({ params: { dead_letter_id: (await bury(world))[0]?.id ?? "" } });

const listDeadLetters: Case[] = [
  {
    title: "finds each failed task once, newest first, and pages",
    sends: async (world) => {
      const [letter] = await bury(world, 3);
      const q = `workspace:${letter?.workspace_id} agent:diagnostics reason:diagnostics_failure`;
      return { query: { q, limit: 2 } };
    },
    status: 200,
    body: { count: 3, dead_letters: [{ attempts: 1, error: { code: "diagnostics_failure" } }, {}] },
    also: async ({ body }, world) => {
      const first = letters.parse(body).dead_letters;
      const query = { q: `workspace:${first[0]?.workspace_id}`, after_id: first.at(-1)?.id ?? "" };
      const rest = letters.parse((await world.call("listDeadLetters", { query })).body);
      const all = [...first, ...rest.dead_letters];
      expect(new Set(all.map(({ task_id }) => task_id)).size).toBe(3);
      expect(all.map(({ id }) => id)).toEqual(
        all
          .map(({ id }) => id)
          .toSorted()
          .reverse(),
      );
    },
  },
];

const redriveDeadLetter: Case[] = [
  {
    title: "queues its task again with fresh attempts",
    sends: paramsOf,
    status: 202,
    also: async ({ body }, world) => {
      const task = z.object({ id: z.string(), workspace_id: z.string() }).parse(body);
      // It fails again, and there is one letter of it again.
      await eventually(async () => {
        const query = { q: `workspace:${task.workspace_id}` };
        const found = letters.parse((await world.call("listDeadLetters", { query })).body);
        return found.count === 1 && found.dead_letters[0]?.task_id === task.id;
      });
    },
  },
  {
    title: "of a step revives the run that has ended",
    sends: async (world) => {
      const step = { id: "a", agent: "diagnostics", task: "fail", parameters: { class: "permanent" } };
      const run = await world.submitRun({ name: "buried", steps: [step] });
      await world.stack.client.waitForWorkflow(run, { timeoutMs: 30_000 });
      const answer = await world.call("listDeadLetters", { query: { q: `workflow:${run}` } });
      return { params: { dead_letter_id: letters.parse(answer.body).dead_letters[0]?.id ?? "" } };
    },
    status: 202,
    body: { step_id: "a", error: null },
  },
  {
    title: "of a step without which its run has gone on",
    sends: async (world) => {
      const step = { id: "a", agent: "diagnostics", task: "fail", parameters: { class: "permanent" } };
      const run = await world.submitRun({ name: "tolerant", steps: [{ ...step, continue_on_error: true }] });
      await world.stack.client.waitForWorkflow(run, { timeoutMs: 30_000 });
      const answer = await world.call("listDeadLetters", { query: { q: `workflow:${run}` } });
      return { params: { dead_letter_id: letters.parse(answer.body).dead_letters[0]?.id ?? "" } };
    },
    status: 409,
    code: "conflict",
  },
];

const redriveDeadLetters: Case[] = [
  {
    title: "queues again all that the search finds",
    sends: async (world) => {
      const [letter] = await bury(world, 2);
      return { body: { q: `workspace:${letter?.workspace_id}` } };
    },
    status: 202,
    body: { redriven: 2, remaining: 0, task_ids: [expect.stringMatching(/^task_/), expect.any(String)] },
  },
  {
    title: "with a term that nobody knows",
    sends: { body: { q: "color:blue" } },
    status: 400,
    code: "validation_failed",
    faults: { q: "color:blue" },
  },
];

const deleteDeadLetter: Case[] = [
  { title: "drops it", sends: paramsOf, status: 204 },
  {
    title: "a second time",
    sends: async (world) => {
      const sent = await paramsOf(world);
      await world.call("deleteDeadLetter", sent);
      return sent;
    },
    status: 404,
    code: "not_found",
  },
];

const getDeadLetter: Case[] = [
  {
    title: "tells every death of its task",
    sends: paramsOf,
    status: 200,
    body: {
      reason: "diagnostics_failure",
      deaths: [
        {
          worker: "infra-worker-embedded",
          attempts: 1,
          error: { code: "diagnostics_failure" },
          redriven_by: null,
          redriven_at: null,
        },
      ],
    },
  },
  {
    title: "that was dropped",
    sends: async (world) => {
      const sent = await paramsOf(world);
      await world.call("deleteDeadLetter", sent);
      return sent;
    },
    status: 404,
    code: "not_found",
  },
];

const purgeDeadLetters: Case[] = [
  {
    title: "drops all that the search finds",
    sends: async (world) => {
      const [letter] = await bury(world, 2);
      return { body: { q: `workspace:${letter?.workspace_id}` } };
    },
    status: 200,
    body: { purged: 2, remaining: 0 },
  },
  {
    title: "with a term that nobody knows",
    sends: { body: { q: "color:blue" } },
    status: 400,
    code: "validation_failed",
    faults: { q: "color:blue" },
  },
];

const getInvariants: Case[] = [
  {
    title: "accounts for every task and run",
    sends: async (world) => {
      await world.submitAndWait({ action: "echo", value: 1 }, {});
      return {};
    },
    status: 200,
    body: { drift: [], conservation: { difference: 0 }, runs: { difference: 0 } },
    also: ({ body }) => {
      const { agents } = z
        .object({ agents: z.record(z.string(), z.object({ accepted: z.number() })) })
        .parse(body);
      expect(agents["diagnostics"]?.accepted).toBeGreaterThan(0);
    },
  },
];

const getRegistry: Case[] = [
  {
    title: "names every agent, what serves it, and what it takes",
    status: 200,
    body: { count: agentNames.length },
    also: ({ body }) => {
      const { agents } = z.object({ agents: z.array(z.looseObject({ name: z.string() })) }).parse(body);
      expect(agents.map(({ name }) => name).sort()).toEqual([...agentNames].sort());
      const named = (name: string) => agents.find((agent) => agent.name === name);
      expect(named("diagnostics")).toMatchObject({
        status: "available",
        queue: "diagnostics",
        supports: ["diagnostics"],
        instances: [{ id: "infra-worker-embedded", host: expect.any(String), concurrency: 20 }],
      });
      expect(named("kubernetes")).toMatchObject({ status: "degraded", reason: expect.any(String) });
      for (const name of ["nix", "gpu"])
        expect(named(name)).toMatchObject({ status: "unavailable", instances: [] });
    },
  },
];

const getAgentState: Case[] = [
  {
    title: "tells of its queue",
    sends: { params: { agent_name: "diagnostics" } },
    status: 200,
    body: { name: "diagnostics", queue: { paused: false }, circuits: [{ state: "closed", until: null }] },
  },
];

const listOrchestratable: Case[] = [
  {
    title: "names agents and planners with what they can do",
    status: 200,
    body: {
      agents: expect.arrayContaining([
        expect.objectContaining({ kind: "agent", name: "opencode", status: "available" }),
        expect.objectContaining({ kind: "planner", name: "rules", status: "available" }),
        expect.objectContaining({ kind: "planner", name: "llm" }),
      ]),
    },
  },
];

const getHealth: Case[] = [{ title: "is alive", status: 200, body: { status: "ok", reasons: [] } }];
const getReadiness: Case[] = [{ title: "is ready", status: 200, body: { status: "ok", reasons: [] } }];

export const operatorCases = {
  listDeadLetters,
  redriveDeadLetter,
  redriveDeadLetters,
  deleteDeadLetter,
  getDeadLetter,
  purgeDeadLetters,
  getInvariants,
  getRegistry,
  getAgentState,
  listOrchestratable,
  getHealth,
  getReadiness,
};
