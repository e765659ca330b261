/** One start of a task in its instance: from its session to what came of it. */
import { type AgentContext, type AgentTask, FailureWithResult } from "@drover/agent-kit";
import type { OpenCodeOutput, TaskResult } from "@drover/contracts";
import type { TaskFailure } from "@drover/errors";
import type { Part, Session } from "@opencode-ai/sdk/v2";
import type { Lease } from "../instance/instance-pool.ts";
import type { InstanceSpec } from "../instance/instance-runtime.ts";
import type { PermissionClass } from "../instance/permissions.ts";
import { readOnlyActions } from "../prompts/action-instructions.ts";
import { buildPrompt } from "../prompts/build-prompt.ts";
import { startedOver } from "../prompts/continuation.ts";
import { untilAbort } from "../waiting/until-abort.ts";
import type { ChangeRecord } from "../workspace/change-record.ts";
import type { TaskMemory } from "./checkpoint.ts";
import { Conversation } from "./conversation.ts";
import type { ModelChoice } from "./model-choice.ts";
import { outcomeOf, type SessionMessage, textOf } from "./outcome.ts";
import { ProgressReporter } from "./progress-reporter.ts";
import type { OpenCodeWork } from "./read-payload.ts";
import { findSession, openSession, sessionMessages, stopSession, subagentMessages } from "./session.ts";
import type { Settled } from "./settled.ts";
import { Spending, usageOf } from "./spending.ts";
import { messagesOf } from "./standing.ts";

export interface InstanceWork {
  readonly task: AgentTask;
  readonly context: AgentContext;
  readonly work: OpenCodeWork;
  readonly model: ModelChoice;
  readonly signal: AbortSignal;
  readonly spec: InstanceSpec;
  readonly memory: TaskMemory;
  /** What a person has decided since the last start; null: nothing was asked. */
  readonly settled: Settled | null;
  readonly lease: Lease;
  /** The workspace's own folder, or the task's work tree. */
  readonly directory: string;
  /** Tells what it changes. */
  readonly record: ChangeRecord;
  /** The classes of permissions that a person is asked for. */
  readonly asked: ReadonlySet<PermissionClass>;
  /** How long a person has for an answer. */
  readonly askMs: number;
}

/** Both as long as the messages that are told of are the task's own. */
type ResultOf = (summary: string, messages: readonly SessionMessage[]) => Promise<TaskResult>;

/** A remote instance may say whatever it likes. */
const summaryLengthMax = 256 * 1024;

/**
 * @throws Suspended while a person is asked
 * @throws FailureWithResult `budget_exceeded`, with what was done until then
 * @throws TaskFailure
 */
export async function workInInstance(run: InstanceWork): Promise<TaskResult> {
  const { task, context, work, model, lease, signal, memory, directory, record, asked, askMs } = run;
  const { instance } = lease;
  const { payload } = work;
  const before = await untilAbort(record.begin(task.id, signal), signal);
  const begun = memory.present.prompts.length > 0;
  const session = await untilAbort(sessionOf(run), signal);
  context.progress({ kind: "phase", phase: "working", session_id: session.id, model: model.name });
  const redact = (text: string) => instance.redact(text);
  const onStop = () => void stopSession(instance, session.id);
  using spending = new Spending({ sessionId: session.id, spent: context.spent, signal, onStop });
  if (begun || payload.session_id !== undefined)
    spending.ignore(await untilAbort(everyMessage(lease, session), signal));
  const onPart = (part: Part) => spending.note(part);
  const reporter = new ProgressReporter({ context, sessionId: session.id, directory, redact, onPart });
  const agentMode = payload.agent_mode ?? "build";
  const room = { instance, session, memory, context, reporter, signal: spending.signal };
  const conversation = new Conversation({ ...room, model: model.chosen, agentMode, asked, askMs });
  const prompt = await buildPrompt(payload, task.step, asked.has("question"));
  const startsOver = begun && memory.present.prompts.length === 0;
  const resultOf: ResultOf = async (summary, messages) => {
    context.progress({ kind: "phase", phase: "collecting_changes" });
    const sinceMs = messages[0]?.info.time.created ?? session.time.created;
    const promptIds = messages.flatMap(({ info }) => (info.role === "user" ? [info.id] : []));
    const [changes, subagents] = await untilAbort(
      Promise.all([
        record.changesSince(before, signal, { sessionId: session.id, promptIds }),
        subagentMessages(instance, session.id, sinceMs).catch(() => []),
      ]),
      signal,
    );
    const all = [...messages, ...subagents];
    spending.addAll(all);
    const told = redact(summary);
    const output: OpenCodeOutput = {
      summary: told.slice(0, summaryLengthMax),
      files: [...changes.files],
      session_id: session.id,
      ...changes.tree,
    };
    return {
      output,
      artifacts: [...changes.artifacts],
      usage: usageOf(all.flatMap(({ parts }) => parts)),
      ...(changes.truncated || told.length > summaryLengthMax ? { truncated: true } : {}),
    };
  };
  try {
    const end = await conversation.hold(startsOver ? startedOver(prompt) : prompt, run.settled);
    spending.addAll(end.messages);
    return await resultOf(outcomeOf({ ...end, modelFault: instance.modelFault() }).summary, end.messages);
  } catch (error) {
    const { stopped } = spending;
    if (stopped?.code !== "budget_exceeded" || signal.aborted) throw error;
    throw await keptWork(stopped, run, session, resultOf);
  } finally {
    spending.tell();
  }
}

/** The budget is used up: what was done until then stays in the workspace, and is told with the failure. */
async function keptWork(
  failure: TaskFailure,
  { lease: { instance }, memory }: InstanceWork,
  session: Session,
  resultOf: ResultOf,
): Promise<FailureWithResult> {
  // A tool that is still being ended may still write.
  await stopSession(instance, session.id);
  const all = await sessionMessages(instance, session.id).catch(() => []);
  const own = messagesOf(all, memory.present.prompts);
  const words = own.flatMap(({ info, parts }) => (info.role === "assistant" ? [textOf(parts)] : []));
  const kept = await resultOf(words.findLast((text) => text !== "") ?? "", own);
  return new FailureWithResult(failure.code, failure.message, kept, { cause: failure });
}

/** The one that an earlier start of the task worked in; where that is gone, as on another machine, a new one. */
async function sessionOf({ work: { payload }, memory, lease, asked }: InstanceWork): Promise<Session> {
  const { instance } = lease;
  const known = memory.present.session;
  const found = known === null ? null : await findSession(instance, known);
  const session = await openSession({
    instance,
    sessionId: found?.id ?? payload.session_id ?? null,
    title: `Drover: ${payload.action}`,
    readOnly: readOnlyActions.has(payload.action) || payload.agent_mode === "plan",
    asked,
  });
  if (session.id !== known) await memory.change({ session: session.id, prompts: [] });
  return session;
}

/** What is in the session by now, sub-agents included. */
async function everyMessage({ instance }: Lease, session: Session): Promise<SessionMessage[]> {
  const [own, subagents] = await Promise.all([
    sessionMessages(instance, session.id),
    subagentMessages(instance, session.id, 0),
  ]);
  return [...own, ...subagents];
}
