import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ScriptedAgent } from "./scripted-agent.ts";

let agent: ScriptedAgent;
beforeAll(async () => {
  agent = await ScriptedAgent.start();
});
afterAll(() => agent[Symbol.asyncDispose]());

describe("requests without tools", () => {
  test("a title is short", async () => {
    const text = await agent.textFor([
      { role: "system", content: "You are a title generator. You output ONLY a thread title." },
      { role: "user", content: "Generate a title for this conversation:\n" },
      { role: "user", content: "Action: generate_api\n\nMake an API for the users of a large shop" },
    ]);
    expect(text).toBe("generate api: Make an API for the users");
  });

  test("a summary is asked for and given", async () => {
    const text = await agent.textFor([
      { role: "system", content: "You are a context summarization agent." },
      { role: "user", content: "Sum up." },
    ]);
    expect(text).toMatch(/^Summary/);
  });

  const plan = z.object({
    workflow: z.object({
      workspace_id: z.string().optional(),
      steps: z.array(z.object({ agent: z.string(), task: z.string(), depends_on: z.array(z.string()) })),
    }),
    explanation: z.string(),
  });
  const planFor = async (lines: string[]) =>
    await agent.textFor([{ role: "user", content: ["Request: workflow_plan", ...lines].join("\n") }]);

  test("a plan names only what is offered", async () => {
    const lines = ["Goal: A full stack feature, deployed", "Workspace: ws-1"];
    const offered = ["Agent: opencode: generate_api, generate_ui", "Agent: kubernetes: apply_manifest, get"];
    const whole = plan.parse(JSON.parse(await planFor([...lines, ...offered])));
    expect(whole.workflow.workspace_id).toBe("ws-1");
    expect(whole.workflow.steps.map(({ task }) => task)).toEqual([
      "generate_api",
      "generate_ui",
      "apply_manifest",
    ]);
    const partial = plan.parse(JSON.parse(await planFor([...lines, "Agent: opencode: generate_ui, prompt"])));
    expect(partial.workflow.steps).toMatchObject([{ task: "generate_ui", depends_on: [] }]);
    expect(await planFor([...lines, "Agent: gpu: run"])).toMatch(/^None of the agents/);
  });
});
