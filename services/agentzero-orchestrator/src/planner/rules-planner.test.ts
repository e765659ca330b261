import { describe, expect, test } from "vitest";
import { plannerConformance, requestFor } from "./planner.conformance.ts";
import type { PlanRequest } from "./planner.ts";
import { RulesPlanner } from "./rules-planner.ts";

const planner = new RulesPlanner();
const never = new AbortController().signal;

plannerConformance("rules", async () => ({
  planner: new RulesPlanner(),
  async [Symbol.asyncDispose]() {},
}));

const shapeOf = async (request: PlanRequest) =>
  Object.fromEntries(
    (await planner.plan(request, never)).workflow.steps.map((step) => [
      step.id,
      [`${step.agent}.${step.task}`, ...(step.depends_on ?? [])].join(" "),
    ]),
  );

describe("the goal's keywords become steps", () => {
  test.each([
    [
      "Build a REST API for users with a web page, and deploy it to Kubernetes",
      {
        backend: "opencode.generate_api",
        frontend: "opencode.generate_ui backend",
        deploy: "kubernetes.apply_manifest backend frontend",
      },
    ],
    [
      "Full stack feature: backend, UI, tests, review, Docker image, deploy",
      {
        backend: "opencode.generate_api",
        frontend: "opencode.generate_ui backend",
        tests: "opencode.test backend frontend",
        review: "opencode.review backend frontend tests",
        image: "docker.build backend frontend tests review",
        deploy: "kubernetes.apply_manifest backend frontend tests review image",
      },
    ],
    ["Fix the crash in the login API", { fix: "opencode.fix" }],
    ["Refactor the parser and add tests", { refactor: "opencode.refactor", tests: "opencode.test refactor" }],
    ["Add unit tests for the users API", { tests: "opencode.test" }],
    ["Review the code", { review: "opencode.review" }],
    ["Explain how the scheduler works", { explain: "opencode.explain" }],
    ["Write a function that parses dates", { code: "opencode.generate_code" }],
    ["Deploy to Kubernetes", { manifests: "opencode.prompt", deploy: "kubernetes.apply_manifest manifests" }],
    ["Build an image of this", { image: "docker.build" }],
    ["Build an API without Docker, and do not deploy it", { backend: "opencode.generate_api" }],
    ["Tidy my desk", { work: "opencode.prompt" }],
  ])("%j", async (goal, shape) => {
    expect(await shapeOf(requestFor(goal))).toEqual(shape);
  });

  test("a constraint may rule a step out", async () => {
    const request = requestFor("Build an API and deploy it", { constraints: ["No Kubernetes, please"] });
    expect(await shapeOf(request)).toEqual({ backend: "opencode.generate_api" });
  });
});

test("each prompt carries the goal and the constraints", async () => {
  const goal = "Build a users API in Go\nwith paging";
  const { workflow } = await planner.plan(requestFor(goal, { constraints: ["Use chi", "No ORM"] }), never);
  expect(workflow.name).toBe("Build a users API in Go");
  const parameters = workflow.steps[0]?.parameters;
  expect(parameters).toMatchObject({ language: "go" });
  for (const part of [goal, "- Use chi", "- No ORM"]) {
    expect(parameters).toMatchObject({ prompt: expect.stringContaining(part) });
  }
});

test("the same goal gives the same plan", async () => {
  const request = requestFor("Build an API with a page, test it and deploy it", { workspace_id: "ws-1" });
  expect(await planner.plan(request, never)).toEqual(await new RulesPlanner().plan(request, never));
});

test("what no agent is there for is left out and named", async () => {
  const all = requestFor("Build an API and deploy it to Kubernetes");
  const agents = all.agents.filter((agent) => agent.name !== "kubernetes");
  const plan = await planner.plan({ ...all, agents }, never);
  expect(plan.workflow.steps.map((step) => step.id)).toEqual(["backend"]);
  expect(plan.explanation).toContain("deploy (kubernetes apply_manifest)");
});
