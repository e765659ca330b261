import { expect, test } from "vitest";
import { type ChatMessage, completionRequest } from "./completion-request.ts";
import { readConversation } from "./conversation.ts";

const user = (content: string): ChatMessage => ({ role: "user", content });
const call = (id: string, name: string, result: string): ChatMessage[] => [
  { role: "assistant", tool_calls: [{ id, function: { name } }] },
  { role: "tool", tool_call_id: id, content: result },
];
const read = (...messages: ChatMessage[]) =>
  readConversation(completionRequest.parse({ model: "m", messages }));

test("a continuation goes on with the request before it, and does again only what was cut off", () => {
  const { prompt, turns } = read(
    user("write a.txt: 1\nrun make"),
    ...call("1", "write", "Wrote file successfully."),
    ...call("2", "bash", "[Tool execution was interrupted]"),
    user("Action: continue\n\nGo on."),
  );
  expect(prompt).toBe("write a.txt: 1\nrun make");
  expect(turns).toEqual([["Wrote file successfully."]]);
});

test("a question that was cut off counts as answered where the continuation says what the answer is", () => {
  const asked = [user("ask Which?"), ...call("1", "question", "Tool execution aborted")];
  expect(read(...asked, user("Action: continue\nAnswer: The blue one")).turns).toEqual([["The blue one"]]);
  expect(read(...asked, user("Action: continue")).turns).toEqual([]);
});
