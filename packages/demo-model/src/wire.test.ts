import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { startDemoModel } from "./index.ts";
import { openCodeTools, ScriptedAgent } from "./scripted-agent.ts";

let agent: ScriptedAgent;
beforeAll(async () => {
  agent = await ScriptedAgent.start();
});
afterAll(() => agent[Symbol.asyncDispose]());

describe("the wire", () => {
  const messages = [{ role: "user", content: "Action: prompt\n\nwrite a: b" }];

  test("a stream ends with its reason, its usage and [DONE]", async () => {
    const response = await agent.post({
      model: "m",
      messages,
      tools: openCodeTools,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const events = (await response.text()).split("\n\n").filter((event) => event !== "");
    expect(events.at(-1)).toBe("data: [DONE]");
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event.replace(/^data: /, "")));
    expect(chunks[0].choices[0].delta.role).toBe("assistant");
    expect(chunks[1].choices[0].delta.tool_calls[0]).toMatchObject({ index: 0, function: { name: "write" } });
    expect(chunks.at(-2).choices[0].finish_reason).toBe("tool_calls");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: expect.any(Number) } });
  });

  test("a streamed text is the text of the answer as a whole", async () => {
    const plain = [{ role: "user", content: "Hello there" }];
    const whole = await agent.textFor(plain);
    const streamed = await (await agent.post({ model: "m", messages: plain, stream: true })).text();
    const pieces = [...streamed.matchAll(/^data: (\{.*)$/gm)].map(
      ([, json]) => JSON.parse(json ?? "").choices[0]?.delta.content ?? "",
    );
    expect(pieces.join("")).toBe(whole);
    expect(streamed).not.toContain('"usage"');
  });

  test("the same messages give the same answer and usage", async () => {
    expect(await agent.ask(messages)).toEqual(await agent.ask(messages));
  });

  test.each([
    ["no JSON", "{"],
    ["no messages", { model: "m" }],
    ["an unknown role", { model: "m", messages: [{ role: "king", content: "x" }] }],
    ["an empty body", ""],
  ])("%s is 400 in OpenAI's format", async (_name, body) => {
    const response = await agent.post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: expect.any(String), type: "invalid_request_error", param: null, code: null },
    });
  });

  test("models and health answer, other paths are 404", async () => {
    const base = agent.url.replace(/\/v1$/, "");
    expect(await (await fetch(`${agent.url}/models`)).json()).toMatchObject({ object: "list" });
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
    expect((await fetch(`${base}/nothing`)).status).toBe(404);
  });

  test("a port in use is an error of the start, not of the process", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await once(blocker, "listening");
    const address = z.object({ port: z.number() }).parse(blocker.address());
    await expect(startDemoModel({ port: address.port })).rejects.toThrow("EADDRINUSE");
    blocker.close();
  });
});
