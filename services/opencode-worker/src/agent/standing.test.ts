import type { AssistantMessage, Part, UserMessage } from "@opencode-ai/sdk/v2";
import { expect, test } from "vitest";
import { messageIdAfter } from "./message-id.ts";
import type { SessionMessage } from "./outcome.ts";
import { messagesOf, standingOf } from "./standing.ts";

const text = (messageID: string, synthetic = false): Part => ({
  id: `prt_${messageID}`,
  sessionID: "ses_1",
  messageID,
  type: "text",
  text: "words",
  synthetic,
});
const userInfo = (id: string): UserMessage => ({
  id,
  sessionID: "ses_1",
  role: "user",
  time: { created: 1 },
  agent: "build",
  model: { providerID: "drover", modelID: "m" },
});
const prompt = (id: string): SessionMessage => ({ info: userInfo(id), parts: [text(id)] });
const answer = (id: string, fields: Partial<AssistantMessage>): SessionMessage => ({
  info: {
    id,
    sessionID: "ses_1",
    role: "assistant",
    time: { created: 1 },
    parentID: "",
    modelID: "m",
    providerID: "drover",
    mode: "build",
    agent: "build",
    path: { cwd: "/", root: "/" },
    cost: 0,
    tokens: { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } },
    ...fields,
  },
  parts: [],
});
const aborted = { name: "MessageAbortedError", data: { message: "aborted" } } as const;
const ids = (messages: readonly SessionMessage[]) => messages.map(({ info }) => info.id);

test("the messages of a task are its prompts and what followed them, not the turns of others in between", () => {
  const messages = [
    prompt("other-1"),
    answer("other-2", { finish: "stop" }),
    prompt("own-1"),
    answer("own-2", { finish: "tool-calls" }),
    { info: userInfo("own-compacted"), parts: [text("own-compacted", true)] },
    answer("own-3", {}),
    prompt("other-3"),
    answer("other-4", { finish: "stop" }),
    prompt("own-4"),
  ];
  const own = messagesOf(messages, ["own-1", "own-4"]);
  expect(ids(own)).toEqual(["own-1", "own-2", "own-compacted", "own-3", "own-4"]);
});

test("a prompt whose text never arrived was not sent", () => {
  expect(standingOf(messagesOf([{ info: userInfo("own-1"), parts: [] }], ["own-1"]))).toBe("unsent");
  expect(standingOf(messagesOf([], ["own-1"]))).toBe("unsent");
});

test.each([
  ["the model ended by itself", [answer("b", { finish: "stop" })], "finished"],
  ["nothing was answered", [], "interrupted"],
  ["the answer breaks off", [answer("b", {})], "interrupted"],
  ["tools were called last", [answer("b", { finish: "tool-calls" })], "interrupted"],
  ["the answer is too long", [answer("b", { finish: "length" })], "interrupted"],
  ["it was aborted", [answer("b", { finish: "stop", error: aborted })], "interrupted"],
  ["only a summary was made", [answer("b", { finish: "stop", summary: true })], "interrupted"],
  ["a later prompt has no answer", [answer("b", { finish: "stop" }), prompt("c")], "interrupted"],
] as const)("where %s, the work is told from that", (_title, answers, standing) => {
  expect(standingOf([prompt("a"), ...answers])).toBe(standing);
});

test("the id of a message sorts after the last one's and before what the server makes next, also when its clock wraps", () => {
  const createdMs = 1_795_000_000_000;
  const first = messageIdAfter(null, createdMs);
  expect(first).toMatch(/^msg_[0-9a-f]{12}[0-9A-Za-z]{14}$/);
  const clock = ((BigInt(createdMs) * 4096n) & ((1n << 48n) - 1n)).toString(16).padStart(12, "0");
  expect(first.slice(4, 16)).toBe(clock);
  expect(messageIdAfter("msg_0000000000ffabcdefghijklmn", createdMs).slice(0, 16)).toBe("msg_000000000100");
  expect(messageIdAfter("msg_ffffffffffffabcdefghijklmn", createdMs).slice(0, 16)).toBe("msg_000000000000");
});
