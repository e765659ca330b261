import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDemoModel } from "./index.ts";
import { openCodeTools, ScriptedAgent, tool } from "./scripted-agent.ts";

let agent: ScriptedAgent;
beforeAll(async () => {
  agent = await ScriptedAgent.start();
});
afterAll(() => agent[Symbol.asyncDispose]());

describe("directives", () => {
  test("they are done in their order", async () => {
    const { calls, text } = await agent.run(
      "Action: prompt\n\nwrite a/b.txt: hello\nsleep 2\nrun echo hi\nread a/b.txt\nsay bye",
    );
    expect(calls).toEqual([
      { name: "write", values: { filePath: "a/b.txt", content: "hello\n" } },
      { name: "bash", values: { command: "sleep 2", timeout: "62000" } },
      { name: "bash", values: { command: "echo hi", timeout: "60000" } },
      { name: "read", values: { filePath: "a/b.txt" } },
    ]);
    expect(text).toMatch(/^bye\n/);
  });

  test("what asks, fetches, delegates, or is done at once calls the tools that OpenCode has for it", async () => {
    const tools = [
      ...openCodeTools,
      tool("webfetch", "url", "format", "timeout"),
      tool("question", "questions"),
      tool("task", "description", "prompt", "subagent_type"),
    ];
    const calls = async (content: string) => {
      const { choices } = await agent.ask([{ role: "user", content }], tools);
      return (choices[0].message.tool_calls ?? []).map(({ function: { name, arguments: values } }) => [
        name,
        JSON.parse(values),
      ]);
    };
    expect(await calls("fetch https://example.com/a")).toEqual([
      ["webfetch", { url: "https://example.com/a", format: "text" }],
    ]);
    const options = ["Red", "Light blue"].map((label) => ({ label, description: label }));
    expect(await calls("ask Which colour? | Red | Light blue")).toEqual([
      ["question", { questions: [{ question: "Which colour?", header: "Which colour?", options }] }],
    ]);
    expect(await calls("delegate run ls")).toMatchObject([
      ["task", { prompt: "run ls", subagent_type: "general" }],
    ]);
    expect(await calls("at once read a.txt || run ls")).toMatchObject([
      ["read", { filePath: "a.txt" }],
      ["bash", { command: "ls" }],
    ]);
  });

  const prompted = (prompt: string) => ({
    model: "drover-demo",
    messages: [{ role: "user", content: `Action: prompt\n\n${prompt}` }],
    tools: openCodeTools,
  });

  test("fail answers the status, as a provider would", async () => {
    const response = await agent.post(prompted("fail 429 7"));
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("7");
    expect(await response.json()).toMatchObject({ error: { code: "rate_limit_exceeded" } });
  });

  test("slow waits before it answers", async () => {
    const startMs = performance.now();
    expect((await agent.post(prompted("slow 0.3"))).status).toBe(200);
    expect(performance.now() - startMs).toBeGreaterThan(290);
  });

  test("hang never answers, and holds nothing open when the model stops", async () => {
    await using own = await startDemoModel();
    const response = fetch(`${own.url}/chat/completions`, {
      method: "POST",
      body: JSON.stringify(prompted("hang")),
    });
    const answered = response.then(
      () => "answered",
      () => "cut off",
    );
    expect(await Promise.race([answered, after(200)])).toBe("nothing yet");
    await own[Symbol.asyncDispose]();
    expect(await answered).toBe("cut off");
  });

  const after = (delayMs: number) =>
    new Promise<string>((resolve) => {
      setTimeout(resolve, delayMs, "nothing yet");
    });
});
