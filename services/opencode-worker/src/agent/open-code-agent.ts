/** The `opencode` agent: takes a task into its workspace's OpenCode server and brings back what came of it. */
import {
  type Agent,
  type AgentContext,
  type AgentHealth,
  type AgentTask,
  FailureWithResult,
  Suspended,
  type WorkspaceFolders,
  workspaceFolder,
} from "@drover/agent-kit";
import {
  type OpenCodeOutput,
  openCode,
  type Instance as Registration,
  type TaskResult,
} from "@drover/contracts";
import { CapacityFailure, PermanentFailure, type TaskFailure, toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import type { Part, Session } from "@opencode-ai/sdk/v2";
import type { InstancePool, Lease } from "../instance/instance-pool.ts";
import type { PermissionClass } from "../instance/permissions.ts";
import { requireHeardOf } from "../instance/remote-runtime.ts";
import { readOnlyActions } from "../prompts/action-instructions.ts";
import { buildPrompt } from "../prompts/build-prompt.ts";
import { startedOver } from "../prompts/continuation.ts";
import { linkedAbort } from "../waiting/linked-abort.ts";
import { throwIfAborted, untilAbort } from "../waiting/until-abort.ts";
import { requireInside } from "../workspace/require-inside.ts";
import { WorkspaceRecord } from "../workspace/workspace-record.ts";
import { TaskMemory } from "./checkpoint.ts";
import { Conversation } from "./conversation.ts";
import { chooseModel, type ModelChoice } from "./model-choice.ts";
import { outcomeOf, type SessionMessage, textOf } from "./outcome.ts";
import { ofOwnModel } from "./own-model-failure.ts";
import { ProgressReporter } from "./progress-reporter.ts";
import { namedPaths, type OpenCodeWork, readWork } from "./read-payload.ts";
import { findSession, openSession, sessionMessages, stopSession, subagentMessages } from "./session.ts";
import { type Settled, settledMeanwhile } from "./settled.ts";
import { Spending, usageOf } from "./spending.ts";
import { messagesOf } from "./standing.ts";

export interface OpenCodeAgentParts {
  readonly pool: InstancePool;
  readonly workspaces: WorkspaceFolders;
  /** Where the state of a workspace lies. */
  readonly stateFolder: (organizationId: string, workspaceId: string) => string;
  /** Where git is found. */
  readonly searchPath: string;
  readonly defaultModel: string;
  readonly models: ReadonlySet<string>;
  /** The classes of permissions that a person is asked for. */
  readonly asked: ReadonlySet<PermissionClass>;
  /** How long a person has for an answer. */
  readonly askMs: number;
  readonly logger: Logger;
  /** What is registered for a workspace; null: nothing. */
  readonly registration: (organizationId: string, workspaceId: string) => Promise<Registration | null>;
  /** The runtimes that it serves. */
  readonly runtimes: readonly string[];
  /** Closed after the pool, in this order. */
  readonly resources: readonly AsyncDisposable[];
}

/** A remote instance may say whatever it likes. */
const summaryLengthMax = 256 * 1024;

export class OpenCodeAgent implements Agent {
  readonly name = openCode.name;
  readonly descriptor = openCode;
  readonly capabilities: readonly string[];
  readonly #parts: OpenCodeAgentParts;
  readonly #stopping = new AbortController();

  constructor(parts: OpenCodeAgentParts) {
    this.#parts = parts;
    this.capabilities = parts.runtimes.map((runtime) => `runtime:${runtime}`);
  }

  supports(type: string): boolean {
    return openCode.supports.some((supported) => supported === type);
  }

  health(): AgentHealth {
    return { status: "available", reason: null };
  }

  async execute(task: AgentTask, context: AgentContext): Promise<TaskResult> {
    const abort = linkedAbort(context.signal, this.#stopping.signal);
    try {
      return await this.#execute(task, context, abort.signal);
    } finally {
      abort[Symbol.dispose]();
    }
  }

  async #execute(task: AgentTask, context: AgentContext, signal: AbortSignal): Promise<TaskResult> {
    throwIfAborted(signal);
    const work = readWork(task);
    const memory = new TaskMemory(task, context);
    const settled = await this.#settled(task, memory, context);
    const { organizationId } = task;
    const registration = await this.#parts.registration(organizationId, work.workspaceId);
    requireHeardOf(registration);
    const model = chooseModel(work.payload.model, registration, this.#parts);
    const directory =
      registration?.runtime === "remote"
        ? (registration.directory ?? "")
        : await workspaceFolder(this.#parts.workspaces, organizationId, work.workspaceId);
    // A remote one keeps to its folder by its permissions: what lies in it is not known here.
    if (registration?.runtime !== "remote") await requireInside(directory, namedPaths(work.payload));
    const spec = { organizationId, workspaceId: work.workspaceId, directory, registration };
    context.progress({ kind: "phase", phase: "starting_instance" });
    const lease = await context.span("opencode instance", { "workspace.id": work.workspaceId }, () =>
      untilAbort(
        this.#parts.pool.acquire({ spec, taskId: task.id, directory }),
        signal,
        (late) => void late.release(),
      ),
    );
    try {
      const result = await this.#run({ task, context, work, model, lease, signal, memory, settled });
      await lease.release();
      return result;
    } catch (error) {
      this.#leave(lease, memory, error instanceof Suspended);
      throw ofOwnModel(registration, error);
    }
  }

  /** Nothing is held while nobody has answered; what was kept for the answer goes where there will be none. */
  async #settled(task: AgentTask, memory: TaskMemory, context: AgentContext): Promise<Settled | null> {
    try {
      return await settledMeanwhile(memory, context);
    } catch (error) {
      if (error instanceof PermanentFailure) this.#parts.pool.abandon(task.id);
      throw error;
    }
  }

  async #run(run: Run): Promise<TaskResult> {
    const { task, context, work, model, lease, signal, memory } = run;
    const { instance } = lease;
    const { payload } = work;
    const { directory } = instance.spec;
    const { asked, askMs } = this.#parts;
    const state = this.#parts.stateFolder(task.organizationId, work.workspaceId);
    const record = instance.changes?.() ?? new WorkspaceRecord(state, directory, this.#parts.searchPath);
    const before = await untilAbort(record.begin(task.id, signal), signal);
    const begun = memory.present.prompts.length > 0;
    const session = await untilAbort(this.#session(run), signal);
    context.progress({ kind: "phase", phase: "working", session_id: session.id, model: model.name });
    const redact = (text: string) => instance.redact(text);
    using spending = new Spending({ sessionId: session.id, spent: context.spent, signal });
    if (begun || payload.session_id !== undefined)
      spending.ignore(await untilAbort(everyMessage(lease, session), signal));
    const onPart = (part: Part) => spending.note(part);
    const reporter = new ProgressReporter({ context, sessionId: session.id, directory, redact, onPart });
    const agentMode = payload.agent_mode ?? "build";
    const room = { instance, session, memory, context, reporter, signal: spending.signal };
    const conversation = new Conversation({ ...room, model: model.chosen, agentMode, asked, askMs });
    const prompt = await buildPrompt(payload, task.step, asked.has("question"));
    const startsOver = begun && memory.present.prompts.length === 0;
    const result = async (summary: string, messages: readonly SessionMessage[]): Promise<TaskResult> => {
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
      const words = redact(summary);
      const output: OpenCodeOutput = {
        summary: words.slice(0, summaryLengthMax),
        files: [...changes.files],
        session_id: session.id,
      };
      return {
        output,
        artifacts: [...changes.artifacts],
        usage: usageOf(all.flatMap(({ parts }) => parts)),
        ...(changes.truncated || words.length > summaryLengthMax ? { truncated: true } : {}),
      };
    };
    try {
      const end = await conversation.hold(startsOver ? startedOver(prompt) : prompt, run.settled);
      spending.addAll(end.messages);
      return await result(outcomeOf({ ...end, modelFault: instance.modelFault() }).summary, end.messages);
    } catch (error) {
      const { stopped } = spending;
      if (stopped?.code !== "budget_exceeded" || signal.aborted) throw error;
      throw await this.#keepWork(stopped, run, session, result);
    } finally {
      spending.tell();
    }
  }

  /** The budget is used up: what was done until then stays in the workspace, and is told with the failure. */
  async #keepWork(
    failure: TaskFailure,
    { lease: { instance }, memory }: Run,
    session: Session,
    result: (summary: string, messages: readonly SessionMessage[]) => Promise<TaskResult>,
  ): Promise<FailureWithResult> {
    // A tool that is still being ended may still write.
    await stopSession(instance, session.id);
    const all = await sessionMessages(instance, session.id).catch(() => []);
    const own = messagesOf(all, memory.present.prompts);
    const words = own.flatMap(({ info, parts }) => (info.role === "assistant" ? [textOf(parts)] : []));
    const kept = await result(words.findLast((text) => text !== "") ?? "", own);
    return new FailureWithResult(failure.code, failure.message, kept, { cause: failure });
  }

  /** The one that an earlier start of the task worked in; where that is gone, as on another machine, a new one. */
  async #session({ task, work: { payload }, memory, lease: { instance } }: Run): Promise<Session> {
    const known = memory.present.session;
    const found = known === null ? null : await findSession(instance, known);
    const session = await openSession({
      instance,
      sessionId: found?.id ?? payload.session_id ?? null,
      title: `Drover: ${payload.action} (${task.id})`,
      readOnly: readOnlyActions.has(payload.action) || payload.agent_mode === "plan",
      asked: this.#parts.asked,
    });
    if (session.id !== known) await memory.change({ session: session.id, prompts: [] });
    return session;
  }

  /**
   * Where a person is asked, the session is left as it is. Else the instance is free again once the session rests; one that
   * does not come to rest is ended.
   */
  #leave(lease: Lease, memory: TaskMemory, suspended: boolean): void {
    const { session } = memory.present;
    const stop = () => (session === null ? Promise.resolve(true) : stopSession(lease.instance, session));
    if (suspended) lease.keep(stop);
    else void lease.release(stop());
  }

  /** What was kept for a waiting task is ended. */
  abandon(taskId: string): void {
    this.#parts.pool.abandon(taskId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const reason = new CapacityFailure("shutting_down", "The worker is stopping.", { retryAfterMs: 1_000 });
    this.#stopping.abort(reason);
    await this.#parts.pool[Symbol.asyncDispose]();
    for (const resource of this.#parts.resources) {
      try {
        await resource[Symbol.asyncDispose]();
      } catch (error) {
        this.#parts.logger.error({ err: toError(error) }, "a part of the agent did not close");
      }
    }
  }
}

interface Run {
  readonly task: AgentTask;
  readonly context: AgentContext;
  readonly work: OpenCodeWork;
  readonly model: ModelChoice;
  readonly lease: Lease;
  readonly signal: AbortSignal;
  readonly memory: TaskMemory;
  /** What a person has decided since the last start; null: nothing was asked. */
  readonly settled: Settled | null;
}

/** What is in the session by now, sub-agents included. */
async function everyMessage({ instance }: Lease, session: Session): Promise<SessionMessage[]> {
  const [own, subagents] = await Promise.all([
    sessionMessages(instance, session.id),
    subagentMessages(instance, session.id, 0),
  ]);
  return [...own, ...subagents];
}
