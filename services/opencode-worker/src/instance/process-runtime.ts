/**
 * Instances as child processes of the worker. A worker that is root starts each as the owner of its workspace's folder; any
 * other starts them with its own rights.
 */
import { spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { RetryableFailure } from "@drover/errors";
import type { Logger } from "@drover/observability";
import getPort from "get-port";
import type { ModelRelay } from "../model/model-relay.ts";
import type { OpenCodeBinary } from "./find-binary.ts";
import { requireReach } from "./hand-over.ts";
import { instanceConfig, type ModelSettings } from "./instance-config.ts";
import { instanceEnvironment, ownerMarker } from "./instance-environment.ts";
import { makeInstanceFolders, stateFolder } from "./instance-folders.ts";
import type { InstanceLimits } from "./instance-limits.ts";
import type { Instance, InstanceRuntime, InstanceSpec } from "./instance-runtime.ts";
import { MemoryWatch } from "./memory-watch.ts";
import type { PermissionClass } from "./permissions.ts";
import { ProcessInstance } from "./process-instance.ts";
import { limitArguments } from "./process-limits.ts";
import { ProcessorShare } from "./processor-share.ts";
import { type Guardian, startGuardian } from "./start-guardian.ts";
import { untilHealthy } from "./until-healthy.ts";
import { isForeign, isRoot, workspaceOwner } from "./workspace-owner.ts";

const startDeadlineMs = 45_000;
const probePauseMs = 100;
/** A port that was free may be taken before the server binds it. */
const startsMax = 2;

export interface ProcessRuntimeOptions {
  readonly binary: OpenCodeBinary;
  readonly ripgrepFolder: string | null;
  /** The program that sets limits of processes; null: there is none here. */
  readonly prlimit: string | null;
  /** The program that sets the processors of a process; null: there is none here. */
  readonly taskset: string | null;
  readonly limits: InstanceLimits;
  /** Whether workspaces that root owns may be worked on, as root. */
  readonly allowRoot: boolean;
  /** Holds the private folders of every instance. */
  readonly workerFolder: string;
  readonly inheritedEnvironment: Readonly<Record<string, string>>;
  readonly model: ModelSettings;
  readonly relay: ModelRelay;
  /** The classes of permissions that a person is asked for. */
  readonly asked: ReadonlySet<PermissionClass>;
  /** Marks everything that this worker starts. */
  readonly ownerId: string;
  readonly logger: Logger;
}

export class ProcessRuntime implements InstanceRuntime {
  readonly #options: ProcessRuntimeOptions;
  readonly #guardian: Guardian;
  readonly #memory: MemoryWatch;
  readonly #processors: ProcessorShare;

  private constructor(options: ProcessRuntimeOptions, guardian: Guardian) {
    this.#options = options;
    this.#guardian = guardian;
    this.#processors = new ProcessorShare(options.limits.cpus);
    this.#memory = new MemoryWatch(options.limits.memoryMib, options.logger);
  }

  /** The guardian is there before the first instance is. */
  static async open(options: ProcessRuntimeOptions): Promise<ProcessRuntime> {
    const marker = { name: ownerMarker, value: options.ownerId };
    return new ProcessRuntime(options, await startGuardian(marker, options.logger));
  }

  async start(spec: InstanceSpec, signal: AbortSignal): Promise<Instance> {
    const until = Date.now() + startDeadlineMs;
    let reason = "it did not start";
    for (let attempt = 1; attempt <= startsMax; attempt += 1) {
      const instance = await this.#spawn(spec);
      const fault = await untilHealthy(instance, { until, pauseMs: probePauseMs, signal });
      if (fault === null) return instance;
      reason = fault;
      this.#options.logger.warn(
        { reason, stderr: instance.stderrTail },
        "an OpenCode instance did not start",
      );
      await instance[Symbol.asyncDispose]();
      if (Date.now() > until || signal.aborted) break;
    }
    throw new RetryableFailure("instance_failed", `The OpenCode instance did not start: ${reason}.`);
  }

  async #spawn(spec: InstanceSpec): Promise<ProcessInstance> {
    const { binary, ripgrepFolder, prlimit, taskset, limits, workerFolder, inheritedEnvironment } =
      this.#options;
    const { allowRoot, model, relay, ownerId, asked } = this.#options;
    const owner = await workspaceOwner(spec.directory, allowRoot);
    const user = isRoot() && isForeign(owner) ? owner : null;
    const folders = await makeInstanceFolders(
      stateFolder(workerFolder, spec),
      binary.version,
      user ?? { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 },
    );
    if (user !== null) await requireReach(user, [folders.data, spec.directory, binary.path], workerFolder);
    const port = await getPort({ host: "127.0.0.1" });
    const password = randomBytes(24).toString("base64url");
    const instanceId = randomUUID();
    const grant = relay.grant();
    const config = instanceConfig(model, grant);
    const command = [binary.path, "serve", "--hostname", "127.0.0.1", "--port", String(port)];
    if (prlimit !== null) command.unshift(prlimit, ...(await limitArguments(limits, user !== null)));
    if (taskset !== null) {
      const processors = await this.#processors.take();
      if (processors !== null) command.unshift(taskset, "--cpu-list", processors);
    }
    const [program = binary.path, ...args] = command;
    const child = spawn(program, args, {
      cwd: folders.root, // never the workspace: the server reads settings of its runtime from where it starts
      detached: true, // a signal to the worker's group must not cut a task that is being drained
      stdio: ["ignore", "pipe", "pipe"],
      ...(user ?? {}),
      env: instanceEnvironment({
        inherited: inheritedEnvironment,
        spec,
        folders,
        ripgrepFolder,
        ownerId,
        instanceId,
        password,
        config,
        asked,
      }),
    });
    const { version } = binary;
    const instance = new ProcessInstance({ spec, instanceId, version, child, port, password, grant });
    this.#memory.watch(instance);
    return instance;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#memory[Symbol.dispose]();
    await this.#guardian[Symbol.asyncDispose]();
  }
}
