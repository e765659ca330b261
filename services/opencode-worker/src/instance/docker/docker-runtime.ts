/**
 * Instances in containers of one Docker engine, a container for each workspace. The engine must see the folders of the
 * workspaces and of the state at the same paths as the worker: they are mounted.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { chmod, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Engine, statusOf } from "@drover/docker-engine";
import { PermanentFailure, RetryableFailure, toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import type Docker from "dockerode";
import type { ModelRelay } from "../../model/model-relay.ts";
import { giveTo } from "../hand-over.ts";
import { instanceConfig, type ModelSettings } from "../instance-config.ts";
import { instanceEnvironment } from "../instance-environment.ts";
import { makeInstanceFolders, stateFolder, treesFolder } from "../instance-folders.ts";
import type { InstanceLimits } from "../instance-limits.ts";
import type { Instance, InstanceRuntime, InstanceSpec } from "../instance-runtime.ts";
import type { PermissionClass } from "../permissions.ts";
import { untilHealthy } from "../until-healthy.ts";
import { workspaceOwner } from "../workspace-owner.ts";
import { containerOptions, labelNames } from "./container-options.ts";
import { DockerInstance, removeUntilGone } from "./docker-instance.ts";
import { OutputTail } from "./output-tail.ts";
import { modelSocket, modelUrl } from "./server-command.ts";

export interface DockerRuntimeOptions {
  readonly engine: Engine;
  readonly image: string;
  /** A network of the engine that the operator made; `none`: only the model can be reached. */
  readonly network: string;
  readonly limits: InstanceLimits;
  readonly allowRoot: boolean;
  /** Holds the private folders of every instance, and is used by no other live worker. */
  readonly workerFolder: string;
  /** What is handed on of the worker's environment. */
  readonly inheritedEnvironment: Readonly<Record<string, string>>;
  readonly model: ModelSettings;
  readonly relay: ModelRelay;
  /** The classes of permissions that a person is asked for. */
  readonly asked: ReadonlySet<PermissionClass>;
  readonly ownerId: string;
  readonly logger: Logger;
}

/** The first container of an image waits for its files to be read from disk. */
const startDeadlineMs = 90_000;
/** Each look starts a process in the container. */
const probePauseMs = 300;
/** Paths of the worker's machine mean nothing inside. */
const handedOn = ["LANG", "LC_ALL", "TZ"];
const versionLabel = "drover.opencode.version";
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export class DockerRuntime implements InstanceRuntime {
  readonly #options: DockerRuntimeOptions;
  readonly #sockets: string;
  #reaped: Promise<void> | null = null;

  private constructor(options: DockerRuntimeOptions) {
    this.#options = options;
    this.#sockets = join(options.workerFolder, ".sockets");
  }

  /** An engine that is away now is looked for again at each start. */
  static async open(options: DockerRuntimeOptions): Promise<DockerRuntime> {
    const runtime = new DockerRuntime(options);
    await rm(runtime.#sockets, { recursive: true, force: true });
    await mkdir(runtime.#modelFolder, { recursive: true, mode: 0o700 });
    await chmod(runtime.#modelFolder, 0o755);
    await options.relay.listenAt(join(runtime.#modelFolder, modelSocket));
    await runtime.#reapOnce().catch((error: unknown) => {
      options.logger.warn(
        { err: toError(error) },
        "containers of an earlier worker could not be looked for yet",
      );
    });
    return runtime;
  }

  get #modelFolder(): string {
    return join(this.#sockets, "model");
  }

  async start(spec: InstanceSpec, signal: AbortSignal): Promise<Instance> {
    const until = Date.now() + startDeadlineMs;
    try {
      await this.#reapOnce();
      const instance = await this.#run(spec, signal);
      const fault = await untilHealthy(instance, { until, pauseMs: probePauseMs, signal });
      if (fault === null) return instance;
      const { outputTail } = instance;
      await instance[Symbol.asyncDispose]();
      this.#options.logger.warn({ reason: fault, output: outputTail }, "an OpenCode container did not start");
      throw failed(fault);
    } catch (error) {
      if (error instanceof PermanentFailure && error.code !== "docker_failed") throw error;
      if (error instanceof RetryableFailure && error.code === "instance_failed") throw error;
      throw failed(signal.aborted ? "the worker is stopping" : toError(error).message, error);
    }
  }

  async #run(spec: InstanceSpec, signal: AbortSignal): Promise<DockerInstance> {
    const { engine, image, network, limits, workerFolder, model, relay, ownerId, logger } = this.#options;
    const owner = await workspaceOwner(spec.directory, this.#options.allowRoot);
    const version = await this.#imageVersion(signal);
    const root = stateFolder(workerFolder, spec);
    const folders = await makeInstanceFolders(root, version, owner);
    const trees = treesFolder(root);
    await mkdir(trees, { recursive: true, mode: 0o755 });
    const instanceId = randomUUID();
    const serverFolder = join(this.#sockets, instanceId.slice(0, 8));
    await mkdir(serverFolder, { mode: 0o700 });
    await giveTo(owner, [serverFolder]);
    const password = randomBytes(24).toString("base64url");
    const grant = relay.grant();
    const options = containerOptions({
      image,
      network,
      limits,
      owner,
      directory: spec.directory,
      folders,
      furtherFolders: [trees],
      serverFolder,
      modelFolder: this.#modelFolder,
      environment: instanceEnvironment({
        spec,
        inherited: this.#inherited(),
        folders: { ...folders, temporary: "/tmp" },
        ripgrepFolder: null,
        ownerId,
        instanceId,
        password,
        asked: this.#options.asked,
        config: instanceConfig(model, { url: modelUrl, token: grant.token }),
      }),
      labels: {
        [labelNames.worker]: workerFolder,
        [labelNames.owner]: ownerId,
        [labelNames.workspace]: spec.workspaceId,
        [labelNames.organization]: spec.organizationId,
      },
    });
    const name = `drover-opencode-${instanceId}`;
    try {
      const container = await this.#create(name, options);
      signal.throwIfAborted();
      const output = await engine.call("attach to the container", signal, (abortSignal) =>
        OutputTail.attach(engine.docker, container, abortSignal),
      );
      await engine.call("start the container", signal, (abortSignal) => container.start({ abortSignal }));
      const parts = { spec, version, engine, container, output, serverFolder, password, grant, logger };
      return new DockerInstance(parts);
    } catch (error) {
      grant[Symbol.dispose]();
      // The engine may have made it after all, although its answer did not come.
      await removeUntilGone(engine, name).catch(() => undefined);
      await rm(serverFolder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Not to be aborted: the engine would make it after all, when nobody removes it any more. */
  async #create(name: string, options: Docker.ContainerCreateOptions): Promise<Docker.Container> {
    const { engine } = this.#options;
    const never = new AbortController().signal;
    // Given so, the environment travels in the body alone and not in the address as well.
    return await engine.call("create the container", never, (abortSignal) => {
      const request = { _query: { name }, _body: options, abortSignal };
      return engine.docker.createContainer(request);
    });
  }

  /** OpenCode installs a plugin package of its own version unless that looks installed; so the version must be known. */
  async #imageVersion(signal: AbortSignal): Promise<string> {
    const { engine, image } = this.#options;
    const version = await engine.call("look at the image", signal, async (abortSignal) => {
      try {
        const request = { manifests: false, abortSignal };
        const { Config } = await engine.docker.getImage(image).inspect(request);
        return Config.Labels?.[versionLabel];
      } catch (error) {
        if (statusOf(error) === 404)
          throw failed(`the Docker engine has no image ${image}; build or pull it`);
        throw error;
      }
    });
    if (version !== undefined) return version;
    throw failed(`the image ${image} is not made from instance.Dockerfile: it has no label ${versionLabel}`);
  }

  #inherited(): Record<string, string> {
    const all = Object.entries(this.#options.inheritedEnvironment);
    return { ...Object.fromEntries(all.filter(([name]) => handedOn.includes(name))), PATH: searchPath };
  }

  /** Removes what an earlier run of this worker left: two servers on one state folder would work on the same sessions. */
  #reapOnce(): Promise<void> {
    this.#reaped ??= this.#reap().catch((error: unknown) => {
      this.#reaped = null;
      throw error;
    });
    return this.#reaped;
  }

  async #reap(): Promise<void> {
    const { engine, workerFolder, ownerId, logger } = this.#options;
    const never = new AbortController().signal;
    const filters = { label: [`${labelNames.worker}=${workerFolder}`] };
    const found = await engine.call("list the containers", never, (abortSignal) =>
      engine.docker.listContainers({ all: true, filters, abortSignal }),
    );
    const left = found.filter(({ Labels }) => Labels[labelNames.owner] !== ownerId);
    await Promise.all(left.map(({ Id }) => removeUntilGone(engine, Id)));
    if (left.length > 0)
      logger.warn({ containers: left.length }, "containers of an earlier worker were removed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#sockets, { recursive: true, force: true });
  }
}

function failed(reason: string, cause?: unknown): RetryableFailure {
  return new RetryableFailure("instance_failed", `The OpenCode instance did not start: ${reason}.`, {
    cause,
  });
}
