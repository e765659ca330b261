import { recordedContext } from "@drover/agent-kit/conformance";
import type { AssistantMessage, Event, TextPart, ToolPart } from "@opencode-ai/sdk/v2";
import { beforeEach, expect, test, vi } from "vitest";
import { ProgressReporter } from "./progress-reporter.ts";

const answer: AssistantMessage = {
  id: "msg_1",
  sessionID: "ses_1",
  role: "assistant",
  time: { created: 1 },
  parentID: "msg_0",
  modelID: "m",
  providerID: "p",
  mode: "build",
  agent: "build",
  path: { cwd: "/w", root: "/w" },
  cost: 0,
  tokens: { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } },
};
const part = { sessionID: "ses_1", messageID: "msg_1" };

let context: ReturnType<typeof recordedContext>;
let reporter: ProgressReporter;
beforeEach(() => {
  vi.useFakeTimers();
  context = recordedContext();
  reporter = new ProgressReporter({
    context,
    sessionId: "ses_1",
    directory: "/w",
    redact: (text) => text.replaceAll("hunter2", "[redacted]"),
  });
  reporter.handle({ id: "evt_1", type: "message.updated", properties: { sessionID: "ses_1", info: answer } });
  return () => vi.useRealTimers();
});

const textOf = (properties: TextPart): Event => ({
  id: "evt_1",
  type: "message.part.updated",
  properties: { sessionID: "ses_1", time: 1, part: properties },
});
const textPart = (text: string) => textOf({ ...part, id: "prt_1", type: "text", text });
const delta = (text: string): Event => ({
  id: "evt_1",
  type: "message.part.delta",
  properties: { ...part, partID: "prt_1", field: "text", delta: text },
});

test("many small pieces of text become few outputs, and none is lost or told twice", () => {
  reporter.handle(textPart(""));
  for (const piece of ["Hel", "lo ", "wor", "ld"]) reporter.handle(delta(piece));
  expect(context.outputs).toEqual([]);
  vi.advanceTimersByTime(300);
  expect(context.outputs).toEqual([{ text: "Hello world" }]);
  reporter.handle(textPart("Hello world, and what a lost connection swallowed"));
  reporter.flush();
  expect(context.outputs.map((data) => data["text"]).join("")).toBe(
    "Hello world, and what a lost connection swallowed",
  );
});

test("a long text is put out before the pause is over", () => {
  reporter.handle(textPart(""));
  reporter.handle(delta("x".repeat(3_000)));
  expect(context.outputs).toHaveLength(1);
});

test("reasoning, prompts and other sessions are no output", () => {
  reporter.handle(delta("thought without a text part"));
  reporter.handle(textOf({ ...part, messageID: "msg_0", id: "prt_9", type: "text", text: "the prompt" }));
  reporter.flush();
  expect(context.outputs).toEqual([]);
});

test("a tool call is told once for each state, with its file but not its content, and becomes a span", () => {
  const call = (state: ToolPart["state"]) =>
    reporter.handlePart({ ...part, id: "prt_2", type: "tool", callID: "c", tool: "write", state });
  const input = { filePath: "/w/a/b.txt", content: "long content" };
  call({ status: "pending", input: {}, raw: "" });
  call({ status: "running", input, time: { start: 5 } });
  call({ status: "running", input, time: { start: 5 } });
  call({ status: "error", input, error: "no: hunter2", time: { start: 5, end: 9 } });
  expect(context.progressed).toMatchObject([
    { kind: "tool", state: "pending" },
    { kind: "tool", state: "running", input: { file_path: "a/b.txt" } },
    { kind: "tool", state: "error", error: "no: [redacted]" },
  ]);
  expect(JSON.stringify(context.progressed)).not.toContain("long content");
  expect(context.spans).toMatchObject([{ name: "tool write", startMs: 5, endMs: 9, failed: true }]);
});
