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

test("the last answer is the summary, and every answer counts", () => {
  const messages = [message({ finish: "tool-calls" }, "working"), message({ finish: "stop" }, "done\n")];
  expect(outcomeOf({ ...evidence, messages })).toEqual({
    summary: "done",
    usage: { input_tokens: 28, output_tokens: 12, cost_usd: 1 },
  });
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
