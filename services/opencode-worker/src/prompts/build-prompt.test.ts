import type { AgentStep, StepDependency } from "@drover/agent-kit";
import { openCodeActions, openCodePayload } from "@drover/contracts";
import { expect, test } from "vitest";
import { buildPrompt } from "./build-prompt.ts";

const step: AgentStep = {
  workflowId: "wf_1",
  workflowName: "Full Stack\nFeature",
  workflowDescription: "Sell pens.",
  stepId: "frontend",
  stepName: "The shop",
  inputs: { colour: "red" },
  ...after([
    {
      stepId: "backend",
      agent: "opencode",
      action: "generate_api",
      status: "completed",
      output: { summary: "An API stands.", files: [{ path: "api/main.go", status: "added" }] },
      artifacts: [],
    },
  ]),
};

function after(steps: readonly StepDependency[]): Pick<AgentStep, "dependsOn" | "dependencies"> {
  return {
    dependsOn: steps.map(({ stepId }) => stepId),
    dependencies: async function* () {
      yield* steps;
    },
  };
}

test("the head of a prompt names action, language, file, workflow and step, a line each", async () => {
  const context = { file_path: "ui/a.ts", files: ["a", "b"] };
  const head = (await buildPrompt({ action: "generate_ui", language: "ts", context }, step, false)).split(
    "\n\n",
  )[0];
  expect(head).toBe(
    "Action: generate_ui\nLanguage: ts\nFile: ui/a.ts\nFiles: a, b\nWorkflow: Full Stack Feature\nStep: frontend",
  );
});

test("a step without a prompt gets one from its workflow, its inputs and what came before it", async () => {
  const prompt = await buildPrompt({ action: "generate_ui" }, step, false);
  for (const words of ["The shop", "Sell pens.", '"colour":"red"', "An API stands.", "added api/main.go"])
    expect(prompt).toContain(words);
});

test("a prompt of its own is the request", async () => {
  const prompt = await buildPrompt({ action: "fix", prompt: "It crashes." }, null, false);
  expect(prompt.split("\n\n").slice(0, 2)).toEqual(["Action: fix", "It crashes."]);
});

test("the action prompt is given as it stands", async () => {
  expect(await buildPrompt({ action: "prompt", prompt: "  as is\n" }, step, false)).toBe("  as is\n");
});

test("every other action has instructions", async () => {
  for (const action of Object.keys(openCodeActions).filter((name) => name !== "prompt"))
    expect(await buildPrompt(openCodePayload.parse({ action }), null, false)).toContain("# What to do\n");
});

test("however much came before, the prompt stays bounded", async () => {
  const dependencies = Array.from({ length: 500 }, (_, index) => ({
    stepId: `s${index}`,
    agent: "docker",
    action: "build",
    status: "completed" as const,
    output: { log: "x".repeat(10_000) },
    artifacts: [],
  }));
  const prompt = await buildPrompt({ action: "test" }, { ...step, ...after(dependencies) }, false);
  expect(prompt.length).toBeLessThan(40_000);
  expect(prompt).toMatch(/\d+ more steps are left out/);
});
