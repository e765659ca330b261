/** The surroundings of a runtime under test: the demo model behind a relay, folders that go away, and workspaces. */
import { chmod, chown, mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "@drover/config";
import { startDemoModel } from "@drover/demo-model";
import { createLogger, type Logger } from "@drover/observability";
import { type OpenCodeConfig, readOpenCodeConfig } from "../config.ts";
import { ModelRelay } from "../model/model-relay.ts";
import type { InstanceSpec } from "./instance-runtime.ts";
import type { PermissionClass } from "./permissions.ts";

export interface RuntimeBench extends AsyncDisposable {
  readonly config: OpenCodeConfig;
  readonly relay: ModelRelay;
  readonly logger: Logger;
  readonly workerFolder: string;
  /** What every runtime is opened with. */
  readonly shared: {
    readonly model: {
      model: string;
      furtherModels: string[];
      contextTokens: number;
      outputTokens: number;
      inputUsd: number;
      outputUsd: number;
    };
    readonly limits: { memoryMib: number; cpus: number; pids: number; fileMib: number };
    readonly asked: ReadonlySet<PermissionClass>;
    readonly allowRoot: boolean;
    readonly inheritedEnvironment: Readonly<Record<string, string>>;
    readonly workerFolder: string;
    readonly relay: ModelRelay;
    readonly logger: Logger;
  };
  /** A workspace with an empty folder, which belongs to `uid`, or to whoever runs the test. */
  workspace(uid?: number): Promise<InstanceSpec>;
}

export async function runtimeBench(environment: Environment): Promise<RuntimeBench> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "drover-runtime-")));
  await chmod(folder, 0o755); // other users must be able to pass
  const workerFolder = join(folder, "state");
  await mkdir(workerFolder, { mode: 0o700 });
  const model = await startDemoModel();
  const logger = createLogger({ service: "test", level: environment["LOG_LEVEL"] ?? "silent" });
  const relay = await ModelRelay.open({ baseUrl: model.url, apiKey: undefined }, logger);
  const config = readOpenCodeConfig({ ...environment, DROVER_WORKSPACES_DIR: join(folder, "workspaces") });
  let workspaces = 0;
  return {
    config,
    relay,
    logger,
    workerFolder,
    shared: {
      model: {
        model: "drover-demo",
        furtherModels: [],
        contextTokens: 100_000,
        outputTokens: 8_000,
        inputUsd: 0,
        outputUsd: 0,
      },
      limits: { memoryMib: 2_048, cpus: 2, pids: 256, fileMib: 64 },
      asked: new Set(),
      allowRoot: true,
      inheritedEnvironment: config.inheritedEnvironment,
      workerFolder,
      relay,
      logger,
    },
    async workspace(uid) {
      workspaces += 1;
      const workspaceId = `ws-${workspaces}`;
      const directory = join(folder, "workspaces", workspaceId);
      await mkdir(directory, { recursive: true });
      if (uid !== undefined) await chown(directory, uid, uid);
      return { organizationId: "default", workspaceId, directory, registration: null };
    },
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
