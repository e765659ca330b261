/** Workflows: running, reading, composing. */
import { expect } from "vitest";
import { z } from "zod";
import type { Case } from "../case.ts";
import { uniqueName } from "../world.ts";
import { templateRunCases } from "./template-use-cases.ts";

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

const refused = (title: string, steps: unknown[], faults: Record<string, string>): Case => ({
  title,
  sends: { body: { name: "faulty", steps } },
  status: 400,
  code: "validation_failed",
  faults,
});

const submitWorkflow: Case[] = [
  {
    title: "is accepted, with its steps in the order in which they can run",
    sends: { body: { name: "diamond", steps: diamond.toReversed(), result: "leaves", labels: { of: "it" } } },
    status: 202,
    headers: { Location: /^\/api\/v2\/agents\/agentzero\/workflows\/wf_/ },
    body: {
      name: "diamond",
      organization_id: "default",
      workspace_id: expect.stringMatching(/^ws-/),
      steps_total: 4,
      labels: { of: "it" },
      result: null,
      error: null,
    },
    also: async ({ body }, world) => {
      const { id } = z.object({ id: z.string() }).parse(body);
      const params = { workflow_id: id };
      const ended = await world.call("getWorkflow", { params, query: { wait: 30 } });
      expect(ended.body).toMatchObject({ status: "completed", result: { output: { d: "d" } } });
    },
  },
  {
    title: "of more than 1 MiB is accepted",
    sends: {
      body: {
        name: "large",
        steps: Array.from({ length: 12 }, (_, n) =>
          echo(`s${n}`, { parameters: { value: "x".repeat(100_000) } }),
        ),
      },
    },
    status: 202,
  },
  refused(
    "names each cycle as a path",
    [echo("a", { depends_on: ["b"] }), echo("b", { depends_on: ["a"] })],
    {
      steps: "a → b → a",
    },
  ),
  refused("whose step waits for itself", [echo("a", { depends_on: ["a"] })], { steps: "a → a" }),
  refused(
    "names every fault at once",
    [
      echo("a"),
      echo("a", { agent: "nobody" }),
      echo("c", { task: "dance", depends_on: ["z"] }),
      echo("d", { task: "sum", parameters: { values: ["1"], more: 1 } }),
    ],
    {
      "steps[1].id": "steps[0]",
      "steps[1].agent": "there is no agent",
      "steps[2].task": "echo, sum, sleep, fail",
      "steps[2].depends_on": 'no step "z"',
      "steps[3].parameters.values[0]": "expected number",
      "steps[3].parameters.more": "not a known field",
    },
  ),
  refused("whose steps have the wrong form", [echo("a b", { depends_on: "a", nope: 1 }), { id: "x" }], {
    "steps[0].id": "letters, digits",
    "steps[0].depends_on": "expected array",
    "steps[0].nope": "not a known field",
    "steps[1].agent": "expected string",
    "steps[1].task": "expected string",
  }),
  refused(
    "whose expressions, fallbacks and control steps have faults",
    [
      echo("a", { when: "1 +", for_each: "inputs.x + 1", fallback: { agent: "nobody", task: "echo" } }),
      echo("b", { when: "steps.c.output", parameters: { value: "${{ steps.z.output }}" } }),
      echo("c", {
        parameters: { value: "${{ item }}" },
        fallback: { agent: "diagnostics", task: "sleep", parameters: { ms: "${{ 1 }}", more: 1 } },
      }),
      { id: "d", agent: "control", task: "approval", parameters: { default: "perhaps" } },
      { id: "e", agent: "control", task: "workflow", parameters: { workflow: { name: "child", steps: [] } } },
    ],
    {
      "steps[0].when": "at character 4",
      "steps[0].fallback.agent": "there is no agent",
      "steps[1].when": "name it in depends_on",
      "steps[1].parameters.value": 'no step "z"',
      "steps[2].parameters.value": "for_each",
      "steps[2].fallback.parameters.more": "not a known field",
      "steps[3].parameters.message": "expected string",
      "steps[3].parameters.default": "deny",
      "steps[4].parameters.workflow.steps": "at least one step",
    },
  ),
  refused("without a step", [], { steps: "at least one step" }),
  {
    title: "whose result names a step that there is not",
    sends: { body: { name: "faulty", steps: [echo("a")], result: ["a", "z"] } },
    status: 400,
    code: "validation_failed",
    faults: { result: 'no step "z"' },
  },
  {
    title: "whose steps act in another workspace than the run",
    sends: {
      body: {
        name: "faulty",
        workspace_id: "ws-run",
        steps: [
          {
            id: "a",
            agent: "opencode",
            task: "explain",
            parameters: { context: { workspace_id: "ws-other" } },
          },
        ],
      },
    },
    status: 400,
    code: "validation_failed",
    faults: { "steps[0].parameters.context.workspace_id": "ws-run" },
  },
  {
    title: "with a step for an agent that nobody serves",
    sends: {
      body: { name: "x", steps: [{ id: "a", agent: "nix", task: "build", parameters: { flake: "." } }] },
    },
    status: 503,
    code: "agent_unavailable",
    headers: { "Retry-After": /^[1-9]\d*$/ },
  },
];

const getWorkflow: Case[] = [
  {
    title: "tells of each step, and why the run failed",
    sends: async (world) => ({
      params: {
        workflow_id: await world.submitRun({
          name: "fails",
          steps: [
            { id: "bad", agent: "diagnostics", task: "fail", parameters: { class: "permanent" } },
            echo("after", { depends_on: ["bad"] }),
            echo("beside"),
          ],
        }),
      },
      query: { wait: 30 },
    }),
    status: 200,
    body: {
      status: "failed",
      steps: [
        { step_id: "bad", status: "failed", error: { code: "diagnostics_failure" } },
        { step_id: "beside", status: "completed", output: "beside" },
        { step_id: "after", status: "blocked" },
      ],
      error: { code: "steps_failed", failed_steps: ["bad"] },
    },
  },
];

const listWorkflows: Case[] = [
  {
    title: "finds runs by name, newest first, without their steps",
    sends: async (world) => {
      const name = uniqueName("listed run");
      for (let n = 0; n < 3; n += 1) await world.submitRun({ name, steps: [echo("a")] });
      return { query: { q: `name:"${name}"`, limit: 2 } };
    },
    status: 200,
    body: { count: 3 },
    also: async ({ body }, world) => {
      const { workflows } = z
        .object({ workflows: z.array(z.object({ id: z.string(), name: z.string() })) })
        .parse(body);
      const query = { q: `name:"${workflows[0]?.name}"`, after_id: workflows.at(-1)?.id ?? "" };
      const rest = await world.call("listWorkflows", { query });
      const ids = [...workflows, ...Object(rest.body)["workflows"]].map(({ id }) => id);
      expect(ids).toHaveLength(3);
      expect(ids).toEqual([...new Set(ids)].sort().reverse());
    },
  },
];

const goal = "Build an HTTP API for users and deploy it to Kubernetes";

const composeWorkflow: Case[] = [
  {
    title: "turns a goal into a workflow that can be submitted as it is",
    sends: { body: { goal, planner: "rules", workspace_id: "ws-composed", constraints: ["in Go"] } },
    status: 200,
    body: { planner: "rules", explanation: expect.any(String) },
    also: async ({ body }, world) => {
      const { workflow } = z.object({ workflow: z.record(z.string(), z.unknown()) }).parse(body);
      const submitted = await world.call("submitWorkflow", {
        body: { ...workflow, on_failure: "fail_fast" },
      });
      const params = { workflow_id: z.object({ id: z.string() }).parse(submitted.body).id };
      await world.call("cancelWorkflow", { params });
    },
  },
  {
    title: "starts the run when asked",
    sends: { body: { goal, planner: "llm", run: true } },
    status: 202,
    body: { planner: "llm", workflow_id: expect.stringMatching(/^wf_/) },
    also: async ({ body }, world) => {
      const params = { workflow_id: z.object({ workflow_id: z.string() }).parse(body).workflow_id };
      await world.call("cancelWorkflow", { params });
    },
  },
  {
    title: "names every fault of a request",
    sends: { body: { goal: "", planner: "oracle", constraints: [1], run: "yes" } },
    status: 400,
    code: "validation_failed",
    faults: { goal: ">=1", planner: "rules", "constraints[0]": "string", run: "boolean" },
  },
];

export const workflowCases = {
  submitWorkflow: [...submitWorkflow, ...templateRunCases],
  getWorkflow,
  listWorkflows,
  composeWorkflow,
};
