/** What OpenCode asks in the middle of its work, in the form in which a person is asked and a later start remembers it. */
import { createHash } from "node:crypto";
import type { AgentQuestion } from "@drover/agent-kit";
import type { PermissionRequest, QuestionRequest } from "@opencode-ai/sdk/v2";
import { z } from "zod";
import { boundedData, cut } from "./bounded-data.ts";

export const agentAsk = z.object({
  kind: z.enum(["permission", "question"]),
  /** OpenCode's own id of the request, worth something only while its server lives. */
  requestId: z.string(),
  /** The session that asks: the task's, or one of its sub-agents'. */
  sessionId: z.string(),
  /** The same for the same permission and patterns, whenever they are asked for. */
  digest: z.string(),
  message: z.string(),
  data: z.record(z.string(), z.unknown()),
  /** The labels that each question offers; none for a permission. */
  options: z.array(z.array(z.string())),
});
export type AgentAsk = z.infer<typeof agentAsk>;

type Redact = (text: string) => string;

const messageLengthMax = 4_000;
const patternsMax = 20;
const questionsMax = 10;
const optionsMax = 20;
const labelLengthMax = 200;

const purposes: Readonly<Record<string, string>> = {
  bash: "run a command",
  edit: "change files",
  external_directory: "reach files outside of the workspace",
  webfetch: "fetch a page",
  websearch: "search the web",
  codesearch: "search for code on the web",
  doom_loop: "go on although it repeats the same call",
  task: "start a sub-agent",
};
/** What of the request's own data says more than its patterns. */
const telling = ["command", "url", "filepath", "filePath", "description", "query"] as const;

export function permissionAsk(request: PermissionRequest, redact: Redact): AgentAsk {
  const { permission, patterns, metadata } = request;
  const shown = patterns.slice(0, patternsMax).map((pattern) => cut(redact(pattern), 500));
  const more = patterns.length > patternsMax ? [`and ${patterns.length - patternsMax} more`] : [];
  const lines = [`The agent asks to ${purposes[permission] ?? `use "${permission}"`} (${permission}):`];
  lines.push(...[...shown, ...more].map((pattern) => `- ${pattern}`));
  for (const name of telling) {
    const value = metadata[name];
    if (typeof value === "string" && !patterns.includes(value))
      lines.push(`${name}: ${cut(redact(value), 1_000)}`);
  }
  return {
    kind: "permission",
    requestId: request.id,
    sessionId: request.sessionID,
    digest: digestOf([permission, [...patterns].sort()]),
    message: cut(lines.join("\n"), messageLengthMax),
    data: {
      permission,
      patterns: shown,
      metadata: boundedData(metadata, redact),
      ...identity(request),
    },
    options: [],
  };
}

export function questionAsk(request: QuestionRequest, redact: Redact): AgentAsk {
  const questions = request.questions.slice(0, questionsMax);
  const labels = questions.map(({ options }) => options.slice(0, optionsMax).map(({ label }) => label));
  const paragraphs = questions.map(({ question, options }) =>
    [question, ...options.slice(0, optionsMax).map(optionLine)].map(redact).join("\n"),
  );
  return {
    kind: "question",
    requestId: request.id,
    sessionId: request.sessionID,
    digest: digestOf(request.questions),
    message: cut(`The agent asks:\n${paragraphs.join("\n\n")}`, messageLengthMax),
    data: { questions: boundedData(questions, redact), ...identity(request) },
    options: labels.map((texts) => texts.map((label) => cut(redact(label), labelLengthMax))),
  };
}

/** The question as a person gets it. The same ask of the same task is the same question. */
export function questionFor(ask: AgentAsk, deadlineMs: number): AgentQuestion {
  const { kind, message, data } = ask;
  return { key: `${ask.sessionId}/${ask.requestId}`, kind, message, data, deadlineMs };
}

function optionLine({ label, description }: { label: string; description: string }): string {
  return description === "" || description === label ? `- ${label}` : `- ${label}: ${description}`;
}

function identity(request: PermissionRequest | QuestionRequest) {
  // Where no call of a tool asks, events lack it, and lists hold null for it.
  const callId = request.tool?.callID;
  return {
    session_id: request.sessionID,
    request_id: request.id,
    ...(callId === undefined ? {} : { call_id: callId }),
  };
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url");
}
