import type { AssistantMessage, Part } from "@opencode-ai/sdk/v2";
import { expect, test } from "vitest";
import { outcomeOf } from "./outcome.ts";

function message(fields: Partial<AssistantMessage>, text = "") {
  const info: AssistantMessage = {
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
    cost: 0.5,
    tokens: { input: 10, output: 5, reasoning: 1, cache: { read: 4, write: 0 } },
    ...fields,
  };
  const part: Part = { id: "prt_1", sessionID: "ses_1", messageID: info.id, type: "text", text };
  return { info, parts: [part] };
}
const evidence = { sessionError: null, modelFault: null };

test("the last answer is the summary", () => {
  const messages = [message({ finish: "tool-calls" }, "working"), message({ finish: "stop" }, "done\n")];
  expect(outcomeOf({ ...evidence, messages })).toEqual({ summary: "done" });
});

test("an answer without words is incomplete, unless tools were called on the way", () => {
  const empty = message({ finish: "stop" }, " ");
  expect(() => outcomeOf({ ...evidence, messages: [empty] })).toThrow("empty");
  const state = { status: "pending", input: {}, raw: "" } as const;
  const call: Part = {
    id: "prt_2",
    sessionID: "ses_1",
    messageID: "msg_1",
    type: "tool",
    callID: "c",
    tool: "edit",
    state,
  };
  const called = { ...message({ finish: "tool-calls" }), parts: [call] };
  expect(outcomeOf({ ...evidence, messages: [called, empty] })).toEqual({ summary: "" });
});

test("a summary of a long conversation is not the answer", () => {
  const messages = [
    message({ finish: "stop" }, "done"),
    message({ finish: "stop", summary: true }, "so far"),
  ];
  expect(outcomeOf({ ...evidence, messages }).summary).toBe("done");
});

test.each(["length", "tool-calls", "content-filter", undefined])("an end by %s is incomplete", (finish) => {
  const messages = [message(finish === undefined ? {} : { finish })];
  expect(() => outcomeOf({ ...evidence, messages })).toThrow(
    expect.objectContaining({ name: "RetryableFailure", code: "incomplete_answer" }),
  );
});

test("without any answer the error of the session counts", () => {
  const sessionError = { name: "UnknownError", data: { message: "Model not found: x" } } as const;
  expect(() => outcomeOf({ messages: [], sessionError, modelFault: null })).toThrow(
    expect.objectContaining({ code: "model_rejected" }),
  );
});
