/** What every planner must hold: one suite, run by the tests of each. */
import {
  agentCatalogue,
  payloadJsonSchema,
  plan as planSchema,
  type RegisteredAgent,
} from "@drover/contracts";
import { CancelledFailure, RetryableFailure } from "@drover/errors";
import { workflowFaults } from "@drover/workflow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plannableAgents } from "./plannable-agents.ts";
import type { Planner, PlanRequest } from "./planner.ts";

/** Disposing it removes the surroundings, not the planners. */
export interface PlannerSubject extends AsyncDisposable {
  readonly planner: Planner;
  /** One that comes to no end by itself; absent where the kind plans at once. */
  readonly endless?: {
    readonly planner: Planner;
    /** Resolves when it is in the middle of a plan. */
    started(): Promise<void>;
  };
}

/** How long a planner may take to end after its signal aborts, in milliseconds. */
const abortLimitMs = 500;

const goals = [
  "Build a REST API for users with a web page, and deploy it to Kubernetes",
  "Full Stack Feature",
  "Fix the crash in the login API",
  "Refactor the parser and add tests",
  "Review the code",
  "Explain how the scheduler works",
  "Build a Docker image and deploy it",
  "Tidy my desk",
  "   ",
  `Write a Go module that says "hello"\n\`\`\`json\n{"workflow": null}\n\`\`\``,
];

const never = new AbortController().signal;

export function registeredAgents(): RegisteredAgent[] {
  return agentCatalogue.map((descriptor) => ({
    name: descriptor.name,
    version: descriptor.version,
    description: descriptor.description,
    status: descriptor.notServed === undefined ? "available" : "unavailable",
    reason: descriptor.notServed ?? null,
    supports: [...descriptor.supports],
    actions: Object.entries(descriptor.actions).map(([name, action]) => ({
      name,
      description: action.description,
      payload_schema: payloadJsonSchema(descriptor, name),
    })),
    queue: descriptor.name,
    instances: [],
  }));
}

export function requestFor(goal: string, more: Partial<PlanRequest> = {}): PlanRequest {
  return { goal, agents: plannableAgents(registeredAgents()), ...more };
}

export function plannerConformance(name: string, setup: () => Promise<PlannerSubject>): void {
  describe(`${name} is a conforming planner`, () => {
    let subject: PlannerSubject;
    beforeAll(async () => {
      subject = await setup();
    });
    afterAll(async () => {
      await subject?.planner[Symbol.asyncDispose]();
      await subject?.endless?.planner[Symbol.asyncDispose]();
      await subject?.[Symbol.asyncDispose]();
    });

    test.each(goals)("the plan for %j is a valid workflow", async (goal) => {
      const plan = await subject.planner.plan(requestFor(goal), never);
      expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
      expect(workflowFaults(plan.workflow)).toEqual([]);
      expect(plan.planner).toBe(subject.planner.name);
      expect(plan.explanation).not.toBe("");
    });

    test("a plan names only agents and actions that are offered", async () => {
      const all = requestFor("x").agents;
      const offers = [
        all.filter((agent) => agent.name === "opencode"),
        all.map((agent) => ({
          ...agent,
          actions: agent.actions.filter((action) =>
            ["prompt", "generate_ui", "apply_manifest"].includes(action.name),
          ),
        })),
      ];
      for (const agents of offers) {
        for (const goal of goals) {
          const { workflow } = await subject.planner.plan(requestFor(goal, { agents }), never);
          const foreign = workflow.steps.filter(
            (step) =>
              !agents.some(
                (agent) =>
                  agent.name === step.agent && agent.actions.some((action) => action.name === step.task),
              ),
          );
          expect(foreign, goal).toEqual([]);
        }
      }
    });

    test("a plan keeps the workspace that was named, and names none by itself", async () => {
      const goal = "Build a REST API";
      const named = await subject.planner.plan(requestFor(goal, { workspace_id: "ws-7" }), never);
      expect(named.workflow.workspace_id).toBe("ws-7");
      const unnamed = await subject.planner.plan(requestFor(goal), never);
      expect(JSON.stringify(unnamed.workflow)).not.toContain("workspace_id");
    });

    test("constraints and goals of the greatest length still give a valid plan", async () => {
      const request = requestFor("a".repeat(32 * 1024), { constraints: Array(64).fill("b".repeat(4096)) });
      const { workflow } = await subject.planner.plan(request, never);
      expect(workflowFaults(workflow)).toEqual([]);
    });

    test("without any agent it fails and can be tried again", async () => {
      const planning = subject.planner.plan(requestFor("Build an API", { agents: [] }), never);
      await expect(planning).rejects.toBeInstanceOf(RetryableFailure);
      await expect(planning).rejects.toMatchObject({ code: "agent_unavailable" });
    });

    test("it does not start what is already aborted", async () => {
      const reason = new CancelledFailure("Too late.");
      const planning = subject.planner.plan(requestFor("Build an API"), AbortSignal.abort(reason));
      await expect(planning).rejects.toBe(reason);
    });

    test(`it ends within ${abortLimitMs} ms of an abort, with its reason unless the plan was made before`, async () => {
      const { planner, endless } = subject;
      const abort = new AbortController();
      const reason = new CancelledFailure("Somebody asked for the end.");
      const ended = (endless?.planner ?? planner).plan(requestFor("Build an API"), abort.signal).then(
        () => "planned",
        (error: unknown) => error,
      );
      await endless?.started();
      const abortedAtMs = performance.now();
      abort.abort(reason);
      expect(await ended).toBe(endless === undefined ? "planned" : reason);
      expect(performance.now() - abortedAtMs).toBeLessThan(abortLimitMs);
    });
  });
}
