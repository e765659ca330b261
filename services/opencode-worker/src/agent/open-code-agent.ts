/** The `opencode` agent: takes a task into its workspace's OpenCode server and brings back what came of it. */
import {
  type Agent,
  type AgentContext,
  type AgentHealth,
  type AgentTask,
  Suspended,
  type WorkspaceFolders,
  workspaceFolder,
} from "@drover/agent-kit";
import {
  type OpenCodeOutput,
  openCode,
  type Instance as Registration,
  type TaskResult,
  type Usage,
} from "@drover/contracts";
import { CapacityFailure, PermanentFailure, toError } from "@drover/errors";
import type { WorkspacePlugins } from "@drover/instances";
import type { Logger } from "@drover/observability";
import type { Session } from "@opencode-ai/sdk/v2";
import { providerId } from "../instance/instance-config.ts";
import type { InstancePool, Lease } from "../instance/instance-pool.ts";
import type { PermissionClass } from "../instance/permissions.ts";
import { readConfiguration } from "../plugins/read-configuration.ts";
import { readOnlyActions } from "../prompts/action-instructions.ts";
import { buildPrompt } from "../prompts/build-prompt.ts";
import { linkedAbort } from "../waiting/linked-abort.ts";
import { throwIfAborted, untilAbort } from "../waiting/until-abort.ts";
import { WorkspaceRecord } from "../workspace/workspace-record.ts";
import { TaskMemory } from "./checkpoint.ts";
import { Conversation } from "./conversation.ts";
import { outcomeOf, usageOf } from "./outcome.ts";
import { ProgressReporter } from "./progress-reporter.ts";
import { type OpenCodeWork, readWork } from "./read-payload.ts";
import { findSession, openSession, stopSession, subagentAnswers } from "./session.ts";
import { type Settled, settledMeanwhile } from "./settled.ts";

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
  /** What a workspace wants plugged in. */
  readonly plugins: (organizationId: string, workspaceId: string) => Promise<WorkspacePlugins>;
  /** Closed after the pool, in this order. */
  readonly resources: readonly AsyncDisposable[];
}

export class OpenCodeAgent implements Agent {
  readonly name = openCode.name;
  readonly descriptor = openCode;
  readonly #parts: OpenCodeAgentParts;
  readonly #stopping = new AbortController();

  constructor(parts: OpenCodeAgentParts) {
    this.#parts = parts;
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
    const memory = new TaskMemory(task, context);
    const settled = await this.#settled(task, memory, context);
    const { organizationId } = task;
    const registration = await this.#parts.registration(organizationId, work.workspaceId);
    const plugins = await this.#parts.plugins(organizationId, work.workspaceId);
    const configuration = await readConfiguration(plugins, registration, directory);
    const spec = { organizationId, workspaceId: work.workspaceId, directory, registration, configuration };
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
    const { task, context, work, model, lease, signal, memory } = run;
    const { instance } = lease;
    const { payload } = work;
    const { directory } = instance.spec;
    const { asked, askMs } = this.#parts;
    const state = this.#parts.stateFolder(task.organizationId, work.workspaceId);
    const record = new WorkspaceRecord(state, directory, this.#parts.searchPath);
    const before = await untilAbort(record.begin(task.id, signal), signal);
    const session = await untilAbort(this.#session(run), signal);
    context.progress({ kind: "phase", phase: "working", session_id: session.id, model });
    const redact = (text: string) => instance.redact(text);
    const reporter = new ProgressReporter({ context, sessionId: session.id, directory, redact });
    const agentMode = payload.agent_mode ?? "build";
    const room = { instance, session, memory, context, reporter, signal };
    const conversation = new Conversation({ ...room, model, agentMode, asked, askMs });
    const prompt = await buildPrompt(payload, task.step, asked.has("question"));
    const end = await conversation.hold(prompt, run.settled);
    const outcome = outcomeOf({ ...end, modelFault: instance.modelFault() });
    context.progress({ kind: "phase", phase: "collecting_changes" });
    const sinceMs = end.messages[0]?.info.time.created ?? session.time.created;
    const [changes, subagents] = await untilAbort(
      Promise.all([
        record.changesSince(before, signal),
        subagentAnswers(instance, session.id, sinceMs).catch(() => []),
      ]),
      signal,
    );
    const output: OpenCodeOutput = {
      summary: redact(outcome.summary),
      files: [...changes.files],
      session_id: session.id,
    };
    return {
      output,
      artifacts: [...changes.artifacts],
      usage: sum(outcome.usage, usageOf(subagents)),
      ...(changes.truncated ? { truncated: true } : {}),
    };
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

interface Run {
  readonly task: AgentTask;
  readonly context: AgentContext;
  readonly work: OpenCodeWork;
  readonly model: string;
  readonly lease: Lease;
  readonly signal: AbortSignal;
  readonly memory: TaskMemory;
  /** What a person has decided since the last start; null: nothing was asked. */
  readonly settled: Settled | null;
}

function sum(a: Usage, b: Usage): Usage {
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    cost_usd: a.cost_usd + b.cost_usd,
  };
}
