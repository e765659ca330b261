/** A pool with servers that only say that they are well, for the tests of what the pool decides. */
import { newId } from "@drover/contracts";
import { createLogger } from "@drover/observability";
import { createOpencodeClient } from "@opencode-ai/sdk/v2";
import { InstancePool } from "./instance-pool.ts";
import type { Instance, InstanceRuntime, InstanceSpec } from "./instance-runtime.ts";

/** A server that only says that it is well. */
export class PretendedInstance implements Instance {
  readonly version = "1.0.0";
  readonly client;
  readonly exited: Promise<string>;
  alive = true;
  healthy = true;
  exit: () => void = () => {};
  readonly spec: InstanceSpec;

  constructor(spec: InstanceSpec) {
    this.spec = spec;
    this.client = this.clientFor(spec.directory);
    this.exited = new Promise((resolve) => {
      this.exit = () => {
        this.alive = false;
        resolve("it was told to");
      };
    });
  }

  clientFor(directory: string) {
    return createOpencodeClient({
      baseUrl: "http://pretended",
      directory,
      fetch: async () => Response.json({ healthy: this.healthy, version: this.version }),
    });
  }

  modelFault() {
    return null;
  }

  redact(text: string) {
    return text;
  }

  async [Symbol.asyncDispose]() {
    this.exit();
  }
}

export class PretendedRuntime implements InstanceRuntime {
  readonly started: PretendedInstance[] = [];
  fail: Error | null = null;

  async start(spec: InstanceSpec) {
    if (this.fail !== null) throw this.fail;
    const instance = new PretendedInstance(spec);
    this.started.push(instance);
    return instance;
  }

  get living() {
    return this.started.filter((instance) => instance.alive).map((instance) => instance.spec.workspaceId);
  }

  async [Symbol.asyncDispose]() {}
}

/** A use of the workspace's own folder by a new task, or of the folder by the task that `more` says. */
export const use = (
  workspaceId: string,
  more: { org?: string; taskId?: string; directory?: string; revision?: string } = {},
) => {
  const { org: organizationId = "default", taskId = newId("task"), directory = `/w/${workspaceId}` } = more;
  const { revision = "1" } = more;
  const configuration = { revision, settings: [] };
  const spec = {
    organizationId,
    workspaceId,
    directory: `/w/${workspaceId}`,
    registration: null,
    configuration,
  };
  return { spec, taskId, directory };
};

interface PoolSettings {
  instancesMax?: number;
  idleMs?: number;
  tasksMax?: number;
  ageMsMax?: number;
}

export function aPool(settings: PoolSettings = {}) {
  const runtime = new PretendedRuntime();
  const logger = createLogger({ service: "test", level: "silent" });
  const pool = new InstancePool({ runtime, instancesMax: 2, idleMs: 60_000, logger, ...settings });
  return { runtime, pool };
}
