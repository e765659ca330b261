/**
 * A script: what the demo model does for a prompt, turn by turn.
 *
 * Nothing is remembered between requests. Each request is played from the start over the turns that its messages already
 * hold, so the same messages always give the same answer.
 */
import type { OfferedTool } from "./completion-request.ts";
import { disclosure } from "./disclosure.ts";
import { describeIntent, type Intent } from "./intent.ts";
import { type ToolCall, toolCallFor } from "./tool-call.ts";

/** What was done, with what the tool said. */
export interface Outcome {
  readonly intent: Intent;
  readonly result: string;
}

export type Step =
  /** One turn with a tool call for each intent; no intents: the step is left out. */
  | { readonly kind: "act"; readonly act: (outcomes: readonly Outcome[]) => readonly Intent[] }
  /** Waits before the answer of the turn that follows. */
  | { readonly kind: "delay"; readonly delayMs: number }
  /** Answers an HTTP status. */
  | { readonly kind: "fail"; readonly status: number; readonly retryAfterSeconds: number | null }
  /** Never answers. */
  | { readonly kind: "hang" };

export interface Script {
  readonly steps: readonly Step[];
  /** What the final answer says before its report of what was done. */
  readonly closing: (outcomes: readonly Outcome[]) => string;
}

export type Answer =
  | {
      readonly kind: "message";
      readonly delayMs: number;
      readonly text: string;
      readonly calls: readonly ToolCall[];
    }
  | {
      readonly kind: "failure";
      readonly delayMs: number;
      readonly status: number;
      readonly retryAfterSeconds: number | null;
    }
  | { readonly kind: "silence" };

/** A step whose intents do not depend on what came before. */
export function act(...intents: readonly Intent[]): Step {
  return { kind: "act", act: () => intents };
}

/** A plain message without tool calls. */
export function say(text: string, delayMs = 0): Answer {
  return { kind: "message", delayMs, text, calls: [] };
}

/** The next answer of `script`, after the turns whose results are given. */
export function play(
  script: Script,
  offered: readonly OfferedTool[],
  turns: readonly (readonly string[])[],
): Answer {
  const outcomes: Outcome[] = [];
  const refused: Intent[] = [];
  let position = 0;
  let delayMs = 0;
  for (const step of script.steps) {
    const turn = turns[position];
    if (step.kind === "delay") {
      delayMs += step.delayMs;
    } else if (step.kind === "fail") {
      if (turn === undefined) return { ...step, kind: "failure", delayMs };
    } else if (step.kind === "hang") {
      if (turn === undefined) return { kind: "silence" };
    } else {
      const planned = step.act(outcomes).map((intent) => ({ intent, call: toolCallFor(intent, offered) }));
      refused.push(...planned.flatMap(({ intent, call }) => (call === null ? [intent] : [])));
      const possible = planned.flatMap(({ intent, call }) => (call === null ? [] : [{ intent, call }]));
      if (possible.length === 0) continue;
      if (turn === undefined) {
        return { kind: "message", delayMs, text: "", calls: possible.map(({ call }) => call) };
      }
      outcomes.push(...possible.map(({ intent }, index) => ({ intent, result: turn[index] ?? "" })));
      position += 1;
      delayMs = 0;
    }
  }
  return say(closingText(script, outcomes, refused), delayMs);
}

/** What the script says when all went as planned; otherwise what was done and what was not, and why. */
function closingText(script: Script, outcomes: readonly Outcome[], refused: readonly Intent[]): string {
  const changes = outcomes.filter(({ intent }) => intent.kind === "write" || intent.kind === "edit");
  const failed = changes.filter(({ result }) => !succeeded(result));
  if (refused.length === 0 && failed.length === 0) return `${script.closing(outcomes)}\n\n${disclosure}`;
  const report = [
    ...changes
      .filter(({ result }) => succeeded(result))
      .map(({ intent }) => `Done: ${describeIntent(intent)}.`),
    ...refused.map((intent) => `Not done, for no tool for it was offered: ${describeIntent(intent)}.`),
    ...failed.map(
      ({ intent, result }) => `Not done: ${describeIntent(intent)}. The tool said: ${firstLine(result)}`,
    ),
  ];
  return [...report, "", disclosure].join("\n");
}

/** Whether a tool that changes files said that it did. */
const succeeded = (result: string) => /success/i.test(firstLine(result));

const firstLine = (text: string) => (text.trimStart().split("\n")[0] ?? "").slice(0, 300);
