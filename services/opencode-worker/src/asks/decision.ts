/** What a person decided, brought to the agent: as the reply to its request, or in words where the request is gone. */
import type { Approval } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import { askInstance } from "../instance/ask-instance.ts";
import type { Instance } from "../instance/instance-runtime.ts";
import type { AgentAsk } from "./agent-ask.ts";

export interface Decision {
  readonly allowed: boolean;
  /** What the person wrote; null: nothing. */
  readonly comment: string | null;
}

const denied = "A person has denied this. Find a way without it, or say what cannot be done.";
const declined = "A person has declined to answer.";
const noAnswer = "Decide for yourself, and say what you assumed.";

export function decisionOf({ decision, comment }: Approval): Decision {
  return { allowed: decision === "allow", comment: comment === null || comment === "" ? null : comment };
}

/**
 * The answers in OpenCode's form, one list for each question. The comment is the answer; a line of it that is the label of an
 * option, in whatever case, chooses that. With as many lines as there are questions, each has its own.
 */
export function answersFor({ options }: AgentAsk, { allowed, comment }: Decision): string[][] {
  // A rejection would end the turn of the model; so even a refusal to answer is an answer.
  if (!allowed) return options.map(() => [`${declined} ${comment ?? noAnswer}`]);
  const text = comment ?? noAnswer;
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const ownLines = options.length > 1 && lines.length === options.length;
  return options.map((labels, position) => {
    const own = ownLines ? [lines[position] ?? text] : lines;
    const chosen = own.map((line) => labels.find((label) => label.toLowerCase() === line.toLowerCase()));
    const all = chosen.filter((label) => label !== undefined);
    return own.length > 0 && all.length === own.length ? all : [own.join("\n")];
  });
}

/**
 * Replies to the request.
 * @returns false: the request is gone, because its server or its session ended
 * @throws RetryableFailure `instance_failed` when the server does not answer
 */
export async function reply(instance: Instance, ask: AgentAsk, decision: Decision): Promise<boolean> {
  try {
    await askInstance("take a reply", (signal) => send(instance, ask, decision, signal));
    return true;
  } catch (error) {
    if (error instanceof PermanentFailure) return false;
    throw error;
  }
}

function send({ client }: Instance, ask: AgentAsk, decision: Decision, signal: AbortSignal) {
  const requestID = ask.requestId;
  if (ask.kind === "question")
    return client.question.reply({ requestID, answers: answersFor(ask, decision) }, { signal });
  // `always` would hold for every later task of the server; what is to be remembered, the task's own checkpoint remembers.
  return decision.allowed
    ? client.permission.reply({ requestID, reply: "once" }, { signal })
    : client.permission.reply(
        { requestID, reply: "reject", message: decision.comment ?? denied },
        { signal },
      );
}

/** The same in words, for a model whose request did not outlive its server. */
export function decisionInWords(ask: AgentAsk, decision: Decision): string {
  const asked = `Before you were interrupted, you had asked this:\n${ask.message}`;
  if (ask.kind === "question") {
    const answers = answersFor(ask, decision).map((chosen) => chosen.join(", "));
    return `${asked}\nThe answer is: ${answers.join("; ")}`;
  }
  const verdict = decision.allowed ? "It has been allowed: do it now." : denied;
  return `${asked}\n${verdict}${decision.comment === null ? "" : `\nA person has added: ${decision.comment}`}`;
}

/** What a question was answered, on one line; null: it was no question. */
export function soleAnswer(ask: AgentAsk, decision: Decision): string | null {
  return ask.kind === "question" ? answersFor(ask, decision).flat().join("; ").replace(/\s+/g, " ") : null;
}
