/** Reads from the messages where a run stands: what was asked last, and what was done about it since. */
import { type ChatMessage, type CompletionRequest, textOf } from "./completion-request.ts";

export interface Conversation {
  /** All system messages, joined. */
  readonly system: string;
  /** The last user message. */
  readonly prompt: string;
  /** Since that message, the results of each turn that called tools, in the order of its calls. */
  readonly turns: readonly (readonly string[])[];
}

export function readConversation(request: CompletionRequest): Conversation {
  const { messages } = request;
  const lastUser = messages.findLastIndex((message) => message.role === "user");
  const since = messages.slice(lastUser + 1);
  const user = messages[lastUser];
  return {
    system: messages.filter(isInstruction).map(textOf).join("\n"),
    prompt: user === undefined ? "" : textOf(user),
    turns: since.flatMap((message, index) =>
      message.role === "assistant" && (message.tool_calls ?? []).length > 0
        ? [resultsOf(message, since.slice(index + 1))]
        : [],
    ),
  };
}

function isInstruction(message: ChatMessage): boolean {
  return message.role === "system" || message.role === "developer";
}

function resultsOf(assistant: ChatMessage, later: readonly ChatMessage[]): string[] {
  return (assistant.tool_calls ?? []).map((call) => {
    const result = later.find((message) => message.role === "tool" && message.tool_call_id === call.id);
    return result === undefined ? "" : textOf(result);
  });
}
