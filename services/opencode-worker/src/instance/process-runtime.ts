/** Instances as child processes of the worker, with the rights of the worker's user. */
import { spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { RetryableFailure } from "@drover/errors";
import type { Logger } from "@drover/observability";
import getPort from "get-port";
import type { ModelRelay } from "../model/model-relay.ts";
import type { OpenCodeBinary } from "./find-binary.ts";
import { isHealthy } from "./health-probe.ts";
import { instanceConfig, type ModelSettings } from "./instance-config.ts";
import { instanceEnvironment, ownerMarker } from "./instance-environment.ts";
import { makeInstanceFolders, stateFolder } from "./instance-folders.ts";
import type { Instance, InstanceRuntime, InstanceSpec } from "./instance-runtime.ts";
import { ProcessInstance } from "./process-instance.ts";
import { type Guardian, startGuardian } from "./start-guardian.ts";

const startDeadlineMs = 45_000;
const probePauseMs = 100;
const probeDeadlineMs = 2_000;
/** A port that was free may be taken before the server binds it. */
const startsMax = 2;

export interface ProcessRuntimeOptions {
  readonly binary: OpenCodeBinary;
  readonly ripgrepFolder: string | null;
  /** Holds the private folders of every instance. */
  readonly workerFolder: string;
  readonly inheritedEnvironment: Readonly<Record<string, string>>;
  readonly model: ModelSettings;
  readonly relay: ModelRelay;
  /** Marks everything that this worker starts. */
  readonly ownerId: string;
  readonly logger: Logger;
}

export class ProcessRuntime implements InstanceRuntime {
  readonly #options: ProcessRuntimeOptions;
  readonly #guardian: Guardian;

  private constructor(options: ProcessRuntimeOptions, guardian: Guardian) {
    this.#options = options;
    this.#guardian = guardian;
  }

  /** The guardian is there before the first instance is. */
  static async open(options: ProcessRuntimeOptions): Promise<ProcessRuntime> {
    const marker = { name: ownerMarker, value: options.ownerId };
    return new ProcessRuntime(options, await startGuardian(marker, options.logger));
  }

  async start(spec: InstanceSpec, signal: AbortSignal): Promise<Instance> {
    const deadline = Date.now() + startDeadlineMs;
    let reason = "it did not start";
    for (let attempt = 1; attempt <= startsMax; attempt += 1) {
      const instance = await this.#spawn(spec);
      const outcome = await this.#untilHealthy(instance, deadline, signal);
      if (outcome === "healthy") return instance;
      reason = outcome;
      this.#options.logger.warn(
        { reason, stderr: instance.stderrTail },
        "an OpenCode instance did not start",
      );
      await instance[Symbol.asyncDispose]();
      if (Date.now() > deadline || signal.aborted) break;
    }
    throw new RetryableFailure("instance_failed", `The OpenCode instance did not start: ${reason}.`);
  }

  async #spawn(spec: InstanceSpec): Promise<ProcessInstance> {
    const { binary, ripgrepFolder, workerFolder, inheritedEnvironment, model, relay, ownerId } =
      this.#options;
    const folders = await makeInstanceFolders(stateFolder(workerFolder, spec), binary.version);
    const port = await getPort({ host: "127.0.0.1" });
    const password = randomBytes(24).toString("base64url");
    const instanceId = randomUUID();
    const grant = relay.grant();
    const config = instanceConfig(model, grant);
    const child = spawn(binary.path, ["serve", "--hostname", "127.0.0.1", "--port", String(port)], {
      cwd: folders.root, // never the workspace: the server reads settings of its runtime from where it starts
      detached: true, // a signal to the worker's group must not cut a task that is being drained
      stdio: ["ignore", "pipe", "pipe"],
      env: instanceEnvironment({
        inherited: inheritedEnvironment,
        spec,
        folders,
        ripgrepFolder,
        ownerId,
        instanceId,
        password,
        config,
      }),
    });
    const { version } = binary;
    return new ProcessInstance({ spec, instanceId, version, child, port, password, grant });
  }

  async #untilHealthy(instance: ProcessInstance, deadline: number, signal: AbortSignal): Promise<string> {
    while (Date.now() < deadline && !signal.aborted) {
      const exit = await Promise.race([
        instance.exited,
        isHealthy(instance, probeDeadlineMs).then((healthy) => (healthy ? "healthy" : null)),
      ]);
      if (exit !== null) return exit;
      await delay(probePauseMs);
    }
    if (signal.aborted) return "the worker is stopping";
    return `it did not answer within ${startDeadlineMs / 1000} seconds`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#guardian[Symbol.asyncDispose]();
  }
}
