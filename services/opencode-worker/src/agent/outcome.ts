/** What a prompt came to, read from the messages of its session once it is idle. */
import { RetryableFailure } from "@drover/errors";
import type { Message, Part } from "@opencode-ai/sdk/v2";
import type { ModelFault } from "../instance/instance-runtime.ts";
import { type AnswerError, answerFailure } from "./model-failure.ts";

export interface SessionMessage {
  readonly info: Message;
  readonly parts: readonly Part[];
}

export interface Outcome {
  /** The last words of the model. */
  readonly summary: string;
}

export interface OutcomeEvidence {
  /** Those that this prompt brought, oldest first. */
  readonly messages: readonly SessionMessage[];
  /** The last error that OpenCode reported for the session. */
  readonly sessionError: AnswerError | null;
  readonly modelFault: ModelFault | null;
}

/** @throws TaskFailure unless the model finished its answer of its own accord */
export function outcomeOf(evidence: OutcomeEvidence): Outcome {
  const answers = evidence.messages.flatMap(({ info, parts }) =>
    info.role === "assistant" ? [{ info, parts }] : [],
  );
  const last = answers.findLast(({ info }) => info.summary !== true);
  if (last === undefined) {
    if (evidence.sessionError !== null) throw answerFailure(evidence.sessionError, evidence.modelFault);
    throw new RetryableFailure("incomplete_answer", "OpenCode ended without an answer.");
  }
  if (last.info.error !== undefined) throw answerFailure(last.info.error, evidence.modelFault);
  if (last.info.finish !== "stop") {
    if (last.info.finish === undefined && evidence.sessionError !== null)
      throw answerFailure(evidence.sessionError, evidence.modelFault);
    throw new RetryableFailure(
      "incomplete_answer",
      `The model stopped before it was done (${last.info.finish ?? "no reason given"}).`,
    );
  }
  const summary = textOf(last.parts);
  const didNothing = !answers.some(({ parts }) => parts.some(({ type }) => type === "tool"));
  if (summary === "" && didNothing)
    throw new RetryableFailure("incomplete_answer", "The model's answer was empty.");
  return { summary };
}

/** What it said, without what was put in for it. */
export function textOf(parts: readonly Part[]): string {
  return parts
    .flatMap((part) => (part.type === "text" && part.synthetic !== true ? [part.text] : []))
    .join("\n")
    .trim();
}
