/** Instances that workspaces run themselves and have registered: the worker connects to them, and never starts or ends one. */
import type { Instance as Registration } from "@drover/contracts";
import { PermanentFailure, RetryableFailure, toError } from "@drover/errors";
import { z } from "zod";
import { untilAbort } from "../waiting/until-abort.ts";
import { withinDeadline } from "../waiting/within-deadline.ts";
import { askInstance } from "./ask-instance.ts";
import type { Instance, InstanceRuntime, InstanceSpec } from "./instance-runtime.ts";
import { type ConnectRemote, type RemoteConnection, unreachable } from "./remote-connection.ts";
import { credential, RemoteInstance, remoteClient } from "./remote-instance.ts";
import { remoteConfig } from "./remote-permissions.ts";

export interface RemoteRuntimeOptions {
  readonly connect: ConnectRemote;
}

/** A server that has just opened a folder answers nothing for seconds. */
const healthDeadlineMs = 10_000;
const healthTextMax = 64 * 1024;
/** The line of versions whose server interface this worker speaks. */
const servedMajor = "1.";

const health = z.object({ healthy: z.literal(true), version: z.string().max(64) });

/**
 * Whether a task for a workspace with this registration may begin.
 * @throws CapacityFailure `instance_unreachable` while its remote instance is not heard of
 */
export function requireHeardOf(registration: Registration | null): void {
  if (registration?.runtime !== "remote" || registration.status === "ready") return;
  throw unreachable(
    registration.status === "starting"
      ? "The workspace's instance has not connected yet."
      : "The workspace's instance has missed its heartbeats.",
  );
}

export class RemoteRuntime implements InstanceRuntime {
  readonly #connect: ConnectRemote;

  constructor(options: RemoteRuntimeOptions) {
    this.#connect = options.connect;
  }

  /**
   * @throws CapacityFailure `instance_unreachable` when nothing answers
   * @throws RetryableFailure `instance_failed` when what answers refuses the password, or is not OpenCode
   * @throws PermanentFailure `runtime_not_supported`, `workspace_not_found`, `address_not_allowed`
   */
  async start(spec: InstanceSpec, signal: AbortSignal): Promise<Instance> {
    const { registration } = spec;
    if (registration === null)
      throw new PermanentFailure("runtime_not_supported", "No instance is registered for this workspace.");
    requireHeardOf(registration);
    const connection = await this.#connect(registration);
    const opening = this.#open(spec, registration, connection);
    try {
      return await untilAbort(opening, signal, (late) => void late[Symbol.asyncDispose]());
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      if (signal.aborted) throw new RetryableFailure("instance_failed", "The worker is stopping.");
      throw error;
    }
  }

  async #open(
    spec: InstanceSpec,
    registration: Registration,
    connection: RemoteConnection,
  ): Promise<RemoteInstance> {
    const version = await versionOf(connection);
    if (!version.startsWith(servedMajor))
      throw new PermanentFailure(
        "runtime_not_supported",
        `The instance is OpenCode ${version}; 1.x is served.`,
      );
    const client = remoteClient(connection, registration.directory);
    const { directory } = await askInstance("tell its directory", (signal) =>
      client.path.get({}, { signal }),
    );
    const [config, project] = await Promise.all([
      askInstance("tell its configuration", (signal) => client.config.get({}, { signal })),
      askInstance("tell its project", (signal) => client.project.current({}, { signal })),
      client.file.list({ path: "." }).then(({ response }) => {
        if (response?.status === 500) throw noFolder(directory);
      }),
    ]);
    const parsed = remoteConfig.safeParse(config);
    if (!parsed.success)
      throw new RetryableFailure("instance_failed", "The instance's configuration cannot be understood.");
    return new RemoteInstance({
      spec: { ...spec, directory },
      connection,
      version,
      config: parsed.data,
      versioned: project.vcs === "git",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Each instance closes its own connection.
  }
}

/** Asked without the SDK, which does not tell a refusal from an answer that makes no sense. */
async function versionOf({ baseUrl, password, fetch }: RemoteConnection): Promise<string> {
  const answer = await withinDeadline(healthDeadlineMs, async (signal) => {
    const headers = password === null ? {} : { authorization: credential(password) };
    const response = await fetch(new Request(`${baseUrl}/global/health`, { headers, signal }));
    return { status: response.status, text: await response.text() };
  }).catch((error: unknown) => {
    throw unreachable(`The workspace's instance does not answer: ${toError(error).message}`);
  });
  if (answer.status === 401)
    throw new RetryableFailure("instance_failed", "The instance refuses the password that was registered.");
  const parsed = health.safeParse(jsonOf(answer.text));
  if (answer.status !== 200 || !parsed.success)
    throw new RetryableFailure("instance_failed", `What answers is not OpenCode (${answer.status}).`);
  return parsed.data.version;
}

function jsonOf(text: string): unknown {
  try {
    return text.length > healthTextMax ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function noFolder(directory: string): PermanentFailure {
  return new PermanentFailure(
    "workspace_not_found",
    `The instance has no folder ${directory.slice(0, 200)}.`,
  );
}
