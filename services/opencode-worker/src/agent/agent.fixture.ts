/** A real agent for the tests: real OpenCode servers, the demo model behind them, and folders that go away afterwards. */
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Agent, AgentTask } from "@drover/agent-kit";
import { anAgentTask } from "@drover/agent-kit/conformance";
import type { Environment } from "@drover/config";
import { openCodeOutput, type Payload, type Plugin, type TaskResult } from "@drover/contracts";
import { startDemoModel } from "@drover/demo-model";
import { createLogger } from "@drover/observability";
import { type OpenCodeConfig, readOpenCodeConfig } from "../config.ts";
import { createOpenCodeAgent, type OpenCodeAgentHooks } from "../create-agent.ts";
import { markedProcesses } from "../instance/marked-processes.ts";

export interface AgentBench extends AsyncDisposable {
  readonly agent: Agent;
  readonly config: OpenCodeConfig;
  readonly plugins: Plugin[];
  /** A task in workspace `ws-1` unless it says otherwise. */
  task(payload: Payload, fields?: Partial<AgentTask>): AgentTask;
  /** A task that gives the model these directives. */
  prompt(directives: string, fields?: Partial<AgentTask>): AgentTask;
  path(workspaceId: string, file?: string): string;
  put(workspaceId: string, file: string, content: string): Promise<void>;
  read(workspaceId: string, file: string): Promise<string>;
  /** The processes of a workspace's instance: the server and what it started. */
  processes(workspaceId?: string): Promise<number[]>;
}

export const testApiKey = "sk-test-only-0123456789";

/**
 * @param environment the test's own
 * @param settings what differs, e.g. another model
 * @param hooks what is registered and plugged in
 */
export async function agentBench(
  environment: Environment,
  settings: Record<string, string> = {},
  hooks: OpenCodeAgentHooks = {},
): Promise<AgentBench> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "drover-opencode-")));
  const model = await startDemoModel();
  const config = readOpenCodeConfig({
    PATH: environment["PATH"],
    DROVER_MODEL_BASE_URL: model.url,
    DROVER_MODEL_API_KEY: testApiKey,
    DROVER_WORKSPACES_DIR: join(folder, "workspaces"),
    DROVER_WORKSPACES_CREATE: "true",
    DROVER_STATE_DIR: join(folder, "state"),
    DROVER_WORKER_NAME: "bench",
    // `npm run test:real` runs these tests once more with containers where it can.
    DROVER_OPENCODE_RUNTIMES: environment["DROVER_TEST_OPENCODE_RUNTIME"] ?? "process",
    DOCKER_HOST: environment["DOCKER_HOST"] ?? "unix:///var/run/docker.sock",
    ...settings,
  });
  const plugins: Plugin[] = [];
  const logger = createLogger({ service: "test", level: environment["LOG_LEVEL"] ?? "silent" });
  const agent = await createOpenCodeAgent(config, logger, {
    onPlugins: (_organizationId, _workspaceId, found) => plugins.push(...found),
    ...hooks,
  });
  const path = (workspaceId: string, file = "") => join(config.DROVER_WORKSPACES_DIR, workspaceId, file);
  const task = (payload: Payload, fields: Partial<AgentTask> = {}) =>
    anAgentTask({ type: "opencode", payload, workspaceId: "ws-1", ...fields });
  return {
    agent,
    config,
    plugins,
    task,
    prompt: (directives, fields) => task({ action: "prompt", prompt: directives }, fields),
    path,
    async put(workspaceId, file, content) {
      await mkdir(dirname(path(workspaceId, file)), { recursive: true });
      await writeFile(path(workspaceId, file), content);
    },
    read: (workspaceId, file) => readFile(path(workspaceId, file), "utf8"),
    processes: (workspaceId = "ws-1") =>
      markedProcesses("XDG_DATA_HOME", join(folder, "state", "bench", "default", workspaceId, "data")),
    async [Symbol.asyncDispose]() {
      await agent[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function outputOf(result: TaskResult) {
  return openCodeOutput.parse(result.output);
}

/** The progress events of one kind. */
export function ofKind(progressed: readonly Payload[], kind: string): Payload[] {
  return progressed.filter((data) => data["kind"] === kind);
}
