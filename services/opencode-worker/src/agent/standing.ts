/** How far a task's conversation is, told from the messages of its session alone: they outlive the server and the worker. */
import type { SessionMessage } from "./outcome.ts";

/** `unsent`: none of its prompts arrived. `finished`: the model ended its answer to the last one of its own accord. */
export type Standing = "unsent" | "interrupted" | "finished";

/**
 * The messages that the task brought: its prompts and what followed each. In a session that is shared, turns of others may
 * lie between.
 * @param messages all of the session, oldest first
 * @param prompts ids of what the task sent, oldest first
 */
export function messagesOf(
  messages: readonly SessionMessage[],
  prompts: readonly string[],
): readonly SessionMessage[] {
  const own = new Set(prompts);
  let within = false;
  return messages.filter((message) => {
    if (isPrompt(message)) within = own.has(message.info.id);
    return within;
  });
}

/** @param messages those of the task */
export function standingOf(messages: readonly SessionMessage[]): Standing {
  if (messages.length === 0) return "unsent";
  const answered = messages.findLast(({ info }) => info.role === "assistant" && info.summary !== true);
  const prompted = messages.findLastIndex(isPrompt);
  if (answered === undefined || messages.indexOf(answered) < prompted) return "interrupted";
  const { info } = answered;
  const finished = info.role === "assistant" && info.finish === "stop" && info.error === undefined;
  return finished ? "finished" : "interrupted";
}

/** Somebody's words, not what OpenCode adds by itself, such as after a compaction. */
function isPrompt({ info, parts }: SessionMessage): boolean {
  return info.role === "user" && parts.some((part) => part.type === "text" && part.synthetic !== true);
}
