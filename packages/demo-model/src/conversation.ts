/**
 * Reads from the messages where a run stands: what was asked last, and what was done about it since.
 *
 * A message that opens with `Action: continue` asks for nothing new: the one before it counts, with all that was done since.
 * What was cut off in between is done again, except for a question whose answer stands in the message as `Answer: …`.
 */
import { type ChatMessage, type CompletionRequest, textOf } from "./completion-request.ts";

export interface Conversation {
  /** All system messages, joined. */
  readonly system: string;
  /** The last user message that asks for something. */
  readonly prompt: string;
  /** Since that message, the results of each turn that called tools, in the order of its calls. */
  readonly turns: readonly (readonly string[])[];
}

const continuation = /^Action: continue$/m;
/** What OpenCode says of a tool call that did not come to its end. */
const cutOff = /Tool execution (?:was interrupted|aborted)|User aborted the command/;

export function readConversation(request: CompletionRequest): Conversation {
  const { messages } = request;
  const asking = messages.findLastIndex(
    (message) => message.role === "user" && !continuation.test(textOf(message)),
  );
  const since = messages.slice(asking + 1);
  const user = messages[asking];
  return {
    system: messages.filter(isInstruction).map(textOf).join("\n"),
    prompt: user === undefined ? "" : textOf(user),
    turns: since.flatMap((message, index) => {
      const results = resultsOf(message, since.slice(index + 1));
      return results === null ? [] : [results];
    }),
  };
}

function isInstruction(message: ChatMessage): boolean {
  return message.role === "system" || message.role === "developer";
}

/** Null: the message called no tool, or what it called was cut off. */
function resultsOf(message: ChatMessage, later: readonly ChatMessage[]): string[] | null {
  const calls = message.role === "assistant" ? (message.tool_calls ?? []) : [];
  if (calls.length === 0) return null;
  const results = calls.map((call) => {
    const result = later.find((candidate) => candidate.role === "tool" && candidate.tool_call_id === call.id);
    return result === undefined ? "" : textOf(result);
  });
  if (!results.some((result) => cutOff.test(result))) return results;
  const answer = answerIn(later.find((candidate) => candidate.role === "user"));
  return answer !== null && calls.every((call) => call.function.name === "question")
    ? calls.map(() => answer)
    : null;
}

function answerIn(message: ChatMessage | undefined): string | null {
  return message === undefined ? null : (/^Answer: (.+)$/m.exec(textOf(message))?.[1] ?? null);
}
