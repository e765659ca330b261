/** The `opencode` agent: takes a task into its workspace's OpenCode server and brings back what came of it. */
import { setMaxListeners } from "node:events";
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
import type { WorkspacePlugins } from "@drover/instances";
import type { Logger } from "@drover/observability";
import type { Part, Session } from "@opencode-ai/sdk/v2";
import { providerId } from "../instance/instance-config.ts";
import type { InstancePool, Lease } from "../instance/instance-pool.ts";
import type { InstanceSpec } from "../instance/instance-runtime.ts";
import type { PermissionClass } from "../instance/permissions.ts";
import { readConfiguration } from "../plugins/read-configuration.ts";
import { readOnlyActions } from "../prompts/action-instructions.ts";
import { buildPrompt } from "../prompts/build-prompt.ts";
import { startedOver } from "../prompts/continuation.ts";
import { closeFolder } from "../tree/close-folder.ts";
import type { WorkTree } from "../tree/work-tree.ts";
import type { TreeUse, WorkTrees } from "../tree/work-trees.ts";
import { linkedAbort } from "../waiting/linked-abort.ts";
import { throwIfAborted, untilAbort } from "../waiting/until-abort.ts";
import { requireInside } from "../workspace/require-inside.ts";
import { WorkspaceRecord } from "../workspace/workspace-record.ts";
import { TaskMemory } from "./checkpoint.ts";
import { Conversation } from "./conversation.ts";
import { outcomeOf, type SessionMessage, textOf } from "./outcome.ts";
import { ProgressReporter } from "./progress-reporter.ts";
import { namedPaths, type OpenCodeWork, readWork } from "./read-payload.ts";
import { findSession, openSession, sessionMessages, stopSession, subagentMessages } from "./session.ts";
import { type Settled, settledMeanwhile } from "./settled.ts";
import { Spending, usageOf } from "./spending.ts";
import { messagesOf } from "./standing.ts";

export interface OpenCodeAgentParts {
  readonly pool: InstancePool;
  readonly trees: WorkTrees;
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
  /** What a workspace wants plugged in. */
  readonly plugins: (organizationId: string, workspaceId: string) => Promise<WorkspacePlugins>;
  /** The runtimes that it serves. */
  readonly runtimes: readonly string[];
  /** Closed after the pool, in this order. */
  readonly resources: readonly AsyncDisposable[];
}

export class OpenCodeAgent implements Agent {
  readonly name = openCode.name;
  readonly descriptor = openCode;
  readonly capabilities: readonly string[];
  readonly #parts: OpenCodeAgentParts;
  readonly #stopping = new AbortController();

  constructor(parts: OpenCodeAgentParts) {
    this.#parts = parts;
    this.capabilities = parts.runtimes.map((runtime) => `runtime:${runtime}`);
    setMaxListeners(0, this.#stopping.signal); // each task that runs listens
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
    const model = this.#modelOf(work.payload.model);
    const directory = await workspaceFolder(this.#parts.workspaces, task.organizationId, work.workspaceId);
    await requireInside(directory, namedPaths(work.payload));
    const memory = new TaskMemory(task, context);
    const settled = await this.#settled(task, memory, context);
    const { organizationId } = task;
    const registration = await this.#parts.registration(organizationId, work.workspaceId);
    const plugins = await this.#parts.plugins(organizationId, work.workspaceId);
    const configuration = await readConfiguration(plugins, registration, directory);
    const spec = { organizationId, workspaceId: work.workspaceId, directory, registration, configuration };
    const use = work.payload.isolation === "worktree" ? await this.#openTree(task, spec, signal) : null;
    let done = false;
    try {
      const tree = use?.tree ?? null;
      const place = { task, context, work, model, signal, spec, tree, memory, settled };
      const result = await this.#executeIn(place);
      done = true;
      return result;
    } finally {
      await use?.giveBack(done);
    }
  }

  async #openTree(task: AgentTask, spec: InstanceSpec, signal: AbortSignal): Promise<TreeUse> {
    const { organizationId, workspaceId, directory, registration } = spec;
    if (registration?.runtime === "remote") {
      const message =
        "A work tree lies on the worker, and this workspace is served where the worker's files are not.";
      throw new PermanentFailure("isolation_not_supported", message);
    }
    const request = { taskId: task.id, organizationId, workspaceId, directory };
    const opening = this.#parts.trees.open(request, signal);
    return await untilAbort(opening, signal, (late) => void late.giveBack(false));
  }

  async #executeIn(place: Place): Promise<TaskResult> {
    const { task, context, work, signal, spec, tree } = place;
    const directory = tree?.directory ?? spec.directory;
    context.progress({ kind: "phase", phase: "starting_instance" });
    const lease = await context.span("opencode instance", { "workspace.id": work.workspaceId }, () =>
      untilAbort(
        this.#parts.pool.acquire({ spec, taskId: task.id, directory }),
        signal,
        (late) => void late.release(),
      ),
    );
    try {
      const result = await this.#run({ ...place, directory, lease });
      if (tree !== null) await closeFolder(lease.instance);
      await lease.release();
      return result;
    } catch (error) {
      this.#leave(lease, place.memory, error instanceof Suspended);
      throw error;
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
    const { task, context, work, model, lease, signal, memory, directory, tree } = run;
    const { instance } = lease;
    const { payload } = work;
    const { asked, askMs } = this.#parts;
    const record = tree ?? this.#recordOf(run.spec);
    const before = await untilAbort(record.begin(task.id, signal), signal);
    const begun = memory.present.prompts.length > 0;
    const session = await untilAbort(this.#session(run), signal);
    context.progress({ kind: "phase", phase: "working", session_id: session.id, model });
    const redact = (text: string) => instance.redact(text);
    using spending = new Spending({ sessionId: session.id, spent: context.spent, signal });
    if (begun || payload.session_id !== undefined)
      spending.ignore(await untilAbort(everyMessage(lease, session), signal));
    const onPart = (part: Part) => spending.note(part);
    const reporter = new ProgressReporter({ context, sessionId: session.id, directory, redact, onPart });
    const agentMode = payload.agent_mode ?? "build";
    const room = { instance, session, memory, context, reporter, signal: spending.signal };
    const conversation = new Conversation({ ...room, model, agentMode, asked, askMs });
    const prompt = await buildPrompt(payload, task.step, asked.has("question"));
    const startsOver = begun && memory.present.prompts.length === 0;
    const result = async (summary: string, messages: readonly SessionMessage[]): Promise<TaskResult> => {
      context.progress({ kind: "phase", phase: "collecting_changes" });
      const sinceMs = messages[0]?.info.time.created ?? session.time.created;
      const [changes, subagents] = await untilAbort(
        Promise.all([
          record.changesSince(before, signal),
          subagentMessages(instance, session.id, sinceMs).catch(() => []),
        ]),
        signal,
      );
      const all = [...messages, ...subagents];
      spending.addAll(all);
      const output: OpenCodeOutput = {
        summary: redact(summary),
        files: [...changes.files],
        session_id: session.id,
        ...changes.tree,
      };
      return {
        output,
        artifacts: [...changes.artifacts],
        usage: usageOf(all.flatMap(({ parts }) => parts)),
        ...(changes.truncated ? { truncated: true } : {}),
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

  #recordOf({ organizationId, workspaceId, directory }: InstanceSpec): WorkspaceRecord {
    const state = this.#parts.stateFolder(organizationId, workspaceId);
    return new WorkspaceRecord(state, directory, this.#parts.searchPath);
  }

  /** The one that an earlier start of the task worked in; where that is gone, as on another machine, a new one. */
  async #session({ work: { payload }, memory, lease: { instance } }: Run): Promise<Session> {
    const known = memory.present.session;
    const found = known === null ? null : await findSession(instance, known);
    const session = await openSession({
      instance,
      sessionId: found?.id ?? payload.session_id ?? null,
      title: `Drover: ${payload.action}`,
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

  #modelOf(asked: string | undefined): string {
    const name = asked?.replace(new RegExp(`^${providerId}/`), "") ?? this.#parts.defaultModel;
    if (this.#parts.models.has(name)) return name;
    const known = [...this.#parts.models].join(", ");
    throw new PermanentFailure("model_rejected", `There is no model "${name}" here; there is ${known}.`);
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

/** A task and where it works. */
interface Place {
  readonly task: AgentTask;
  readonly context: AgentContext;
  readonly work: OpenCodeWork;
  readonly model: string;
  readonly signal: AbortSignal;
  readonly spec: InstanceSpec;
  /** Null: it works on the workspace's own files. */
  readonly tree: WorkTree | null;
  readonly memory: TaskMemory;
  /** What a person has decided since the last start; null: nothing was asked. */
  readonly settled: Settled | null;
}

interface Run extends Place {
  readonly directory: string;
  readonly lease: Lease;
}

/** What is in the session by now, sub-agents included. */
async function everyMessage({ instance }: Lease, session: Session): Promise<SessionMessage[]> {
  const [own, subagents] = await Promise.all([
    sessionMessages(instance, session.id),
    subagentMessages(instance, session.id, 0),
  ]);
  return [...own, ...subagents];
}
