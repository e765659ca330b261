/** The `opencode` agent: takes a task into its workspace's OpenCode server and brings back what came of it. */
import {
  type Agent,
  type AgentContext,
  type AgentHealth,
  type AgentTask,
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
import { providerId } from "../instance/instance-config.ts";
import type { InstancePool, Lease } from "../instance/instance-pool.ts";
import { readConfiguration } from "../plugins/read-configuration.ts";
import { readOnlyActions } from "../prompts/action-instructions.ts";
import { buildPrompt } from "../prompts/build-prompt.ts";
import { linkedAbort } from "../waiting/linked-abort.ts";
import { throwIfAborted, untilAbort } from "../waiting/until-abort.ts";
import { WorkspaceRecord } from "../workspace/workspace-record.ts";
import { outcomeOf, usageOf } from "./outcome.ts";
import { ProgressReporter } from "./progress-reporter.ts";
import { PromptRun } from "./prompt-run.ts";
import { type OpenCodeWork, readWork } from "./read-payload.ts";
import { comesToRest, openSession, subagentAnswers } from "./session.ts";

export interface OpenCodeAgentParts {
  readonly pool: InstancePool;
  readonly workspaces: WorkspaceFolders;
  /** Where the state of a workspace lies. */
  readonly stateFolder: (organizationId: string, workspaceId: string) => string;
  /** Where git is found. */
  readonly searchPath: string;
  readonly defaultModel: string;
  readonly models: ReadonlySet<string>;
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
    const state = { sessionId: null as string | null, finished: false };
    try {
      const result = await this.#run({ task, context, work, model, lease, signal, state });
      state.finished = true;
      return result;
    } finally {
      await this.#giveBack(lease, state);
    }
  }

  async #run(run: Run): Promise<TaskResult> {
    const { task, context, work, model, lease, signal } = run;
    const { instance } = lease;
    const { payload } = work;
    const { directory } = instance.spec;
    const state = this.#parts.stateFolder(task.organizationId, work.workspaceId);
    const record = new WorkspaceRecord(state, directory, this.#parts.searchPath);
    const readOnly = readOnlyActions.has(payload.action) || payload.agent_mode === "plan";
    const before = await untilAbort(record.begin(task.id, signal), signal);
    const startedMs = Date.now();
    const sessionId = await untilAbort(
      openSession({
        instance,
        sessionId: payload.session_id ?? null,
        title: `Drover: ${payload.action}`,
        readOnly,
      }),
      signal,
    );
    run.state.sessionId = sessionId;
    context.progress({ kind: "phase", phase: "working", session_id: sessionId, model });
    const redact = (text: string) => instance.redact(text);
    const reporter = new ProgressReporter({ context, sessionId, directory, redact });
    const end = await new PromptRun({
      instance,
      sessionId,
      text: await buildPrompt(payload, task.step),
      model,
      agentMode: payload.agent_mode ?? "build",
      reporter,
      signal,
      logger: context.logger,
    }).execute();
    const outcome = outcomeOf({ ...end, modelFault: instance.modelFault() });
    context.progress({ kind: "phase", phase: "collecting_changes" });
    const [changes, subagents] = await untilAbort(
      Promise.all([
        record.changesSince(before, signal),
        subagentAnswers(instance, sessionId, startedMs).catch(() => []),
      ]),
      signal,
    );
    const output: OpenCodeOutput = {
      summary: redact(outcome.summary),
      files: [...changes.files],
      session_id: sessionId,
    };
    return {
      output,
      artifacts: [...changes.artifacts],
      usage: sum(outcome.usage, usageOf(subagents)),
      ...(changes.truncated ? { truncated: true } : {}),
    };
  }

  /** The instance is free again once the session rests; one that does not come to rest is ended. */
  async #giveBack(lease: Lease, { sessionId, finished }: RunState): Promise<void> {
    if (finished || sessionId === null) await lease.release();
    else void lease.release(comesToRest(lease.instance, sessionId));
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

interface RunState {
  sessionId: string | null;
  finished: boolean;
}

interface Run {
  readonly task: AgentTask;
  readonly context: AgentContext;
  readonly work: OpenCodeWork;
  readonly model: string;
  readonly lease: Lease;
  readonly signal: AbortSignal;
  readonly state: RunState;
}

function sum(a: Usage, b: Usage): Usage {
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    cost_usd: a.cost_usd + b.cost_usd,
  };
}
