/** The `opencode` agent: takes a task into its workspace's OpenCode server and brings back what came of it. */
import { setMaxListeners } from "node:events";
import {
  type Agent,
  type AgentContext,
  type AgentHealth,
  type AgentTask,
  Suspended,
  type WorkspaceFolders,
  workspaceFolder,
} from "@drover/agent-kit";
import { openCode, type Instance as Registration, type TaskResult } from "@drover/contracts";
import { CapacityFailure, PermanentFailure, toError } from "@drover/errors";
import type { WorkspacePlugins } from "@drover/instances";
import type { Logger } from "@drover/observability";
import type { InstancePool, Lease } from "../instance/instance-pool.ts";
import type { InstanceSpec } from "../instance/instance-runtime.ts";
import type { PermissionClass } from "../instance/permissions.ts";
import { requireHeardOf } from "../instance/remote-runtime.ts";
import { readConfiguration } from "../plugins/read-configuration.ts";
import { closeFolder } from "../tree/close-folder.ts";
import { openTree } from "../tree/open-tree.ts";
import type { WorkTree } from "../tree/work-tree.ts";
import type { WorkTrees } from "../tree/work-trees.ts";
import { linkedAbort } from "../waiting/linked-abort.ts";
import { throwIfAborted, untilAbort } from "../waiting/until-abort.ts";
import type { ChangeRecord } from "../workspace/change-record.ts";
import { requireInside } from "../workspace/require-inside.ts";
import { WorkspaceRecord } from "../workspace/workspace-record.ts";
import { TaskMemory } from "./checkpoint.ts";
import { chooseModel } from "./model-choice.ts";
import { ofOwnModel } from "./own-model-failure.ts";
import { namedPaths, readWork } from "./read-payload.ts";
import { stopSession } from "./session.ts";
import { type Settled, settledMeanwhile } from "./settled.ts";
import { type InstanceWork, workInInstance } from "./work-in-instance.ts";

/** A task and where it works. */
interface Place extends Omit<InstanceWork, "lease" | "begun" | "directory" | "record" | "asked" | "askMs"> {
  /** Null: it works on the workspace's own files. */
  readonly tree: WorkTree | null;
}

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
    const memory = new TaskMemory(task, context);
    const settled = await this.#settled(task, memory, context);
    const { organizationId } = task;
    const { workspaceId } = work;
    const registration = await this.#parts.registration(organizationId, workspaceId);
    requireHeardOf(registration);
    const model = chooseModel(work.payload.model, registration, this.#parts);
    const isRemote = registration?.runtime === "remote";
    const directory = isRemote
      ? (registration.directory ?? "")
      : await workspaceFolder(this.#parts.workspaces, organizationId, workspaceId);
    if (!isRemote) await requireInside(directory, namedPaths(work.payload));
    const plugins = await this.#parts.plugins(organizationId, workspaceId);
    const configuration = await readConfiguration(plugins, registration, directory);
    const spec = { organizationId, workspaceId, directory, registration, configuration };
    const apart = work.payload.isolation === "worktree";
    const use = apart ? await openTree(this.#parts.trees, task.id, spec, signal) : null;
    let done = false;
    try {
      const tree = use?.tree ?? null;
      const result = await this.#executeIn({
        task,
        context,
        work,
        model,
        signal,
        spec,
        tree,
        memory,
        settled,
      });
      done = true;
      return result;
    } finally {
      await use?.giveBack(done);
    }
  }

  async #executeIn(place: Place): Promise<TaskResult> {
    const { task, context, work, signal, spec, tree, memory } = place;
    const { asked, askMs, pool } = this.#parts;
    const directory = tree?.directory ?? spec.directory;
    if (tree !== null) await requireInside(directory, namedPaths(work.payload));
    context.progress({ kind: "phase", phase: "starting_instance" });
    const acquire = () =>
      untilAbort(pool.acquire({ spec, taskId: task.id, directory }), signal, (late) => void late.release());
    const lease = await context.span("opencode instance", { "workspace.id": work.workspaceId }, acquire);
    try {
      using begun = await lease.begin(signal);
      const record = tree ?? lease.instance.changes?.() ?? this.#recordOf(spec);
      const result = await workInInstance({ ...place, lease, begun, directory, record, asked, askMs });
      if (tree !== null) await closeFolder(lease.instance);
      await lease.release();
      return result;
    } catch (error) {
      this.#leave(lease, memory, error instanceof Suspended);
      throw ofOwnModel(spec.registration, error);
    }
  }

  #recordOf({ organizationId, workspaceId, directory }: InstanceSpec): ChangeRecord {
    const state = this.#parts.stateFolder(organizationId, workspaceId);
    return new WorkspaceRecord(state, directory, this.#parts.searchPath);
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
