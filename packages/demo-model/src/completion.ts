/** An answer in OpenAI's words: as one object, or as the chunks of a stream. */
import { createHash } from "node:crypto";
import { type CompletionRequest, textOf } from "./completion-request.ts";
import type { ToolCall } from "./tool-call.ts";

export interface Completion {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  readonly text: string;
  readonly toolCalls: readonly WireToolCall[];
  readonly finishReason: "stop" | "tool_calls";
  readonly usage: Usage;
}

interface WireToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
}

export function completionOf(
  request: CompletionRequest,
  answer: { text: string; calls: readonly ToolCall[] },
): Completion {
  const { messages } = request;
  const digest = createHash("sha256").update(JSON.stringify(messages)).digest("hex");
  // Unique within a session, since each later request has more messages.
  const toolCalls = answer.calls.map((call, index) => ({
    id: `call_${messages.length}_${index}`,
    type: "function" as const,
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  const promptText = messages.map((message) => textOf(message) + JSON.stringify(message.tool_calls ?? ""));
  const answerText = answer.text + toolCalls.map((call) => call.function.arguments).join("");
  return {
    id: `chatcmpl-${digest.slice(0, 24)}`,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    text: answer.text,
    toolCalls,
    finishReason: toolCalls.length > 0 ? "tool_calls" : "stop",
    usage: usageOf(promptText.join("\n"), answerText),
  };
}

/** Tokens are counted as a quarter of the characters: close enough, and the same each time. */
function usageOf(prompt: string, answer: string): Usage {
  const promptTokens = Math.ceil(prompt.length / 4);
  const completionTokens = Math.ceil(answer.length / 4);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0 },
  };
}

export function completionBody(completion: Completion): Record<string, unknown> {
  const { id, created, model, text, toolCalls, finishReason, usage } = completion;
  const message = {
    role: "assistant",
    content: text === "" ? null : text,
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
  };
  return {
    id,
    object: "chat.completion",
    created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }],
    usage,
  };
}

/** The chunks of a stream, without the closing `[DONE]`. */
export function completionChunks(completion: Completion, includeUsage: boolean): Record<string, unknown>[] {
  const { id, created, model, text, toolCalls, finishReason, usage } = completion;
  const head = { id, object: "chat.completion.chunk", created, model };
  const chunk = (delta: Record<string, unknown>, finish: string | null = null) => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  });
  return [
    chunk({ role: "assistant", content: "" }),
    ...piecesOf(text).map((content) => chunk({ content })),
    ...toolCalls.map((call, index) => chunk({ tool_calls: [{ index, ...call }] })),
    chunk({}, finishReason),
    ...(includeUsage ? [{ ...head, choices: [], usage }] : []),
  ];
}

const wordsPerPiece = 8;

/** A text in pieces of some words each, so that a reader of the stream sees it come. */
function piecesOf(text: string): string[] {
  const words = text.match(/\s*\S+\s*/g) ?? [];
  const pieces: string[] = [];
  for (let start = 0; start < words.length; start += wordsPerPiece) {
    pieces.push(words.slice(start, start + wordsPerPiece).join(""));
  }
  return pieces;
}
