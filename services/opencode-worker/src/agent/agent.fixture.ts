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
import { listProcesses } from "@drover/testing";
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
  /** A folder that is no workspace's, as the agent sees it. */
  readonly outside: string;
  /** A file of it, as the agent of `ws-1` sees it; null: there is none. */
  readOutside(file: string): Promise<string | null>;
  /** The processes of a workspace's instance: the server and what it started. */
  processes(workspaceId?: string): Promise<number[]>;
  /** Of these, the server. */
  server(workspaceId?: string): Promise<number>;
}

/** What a container runs beside the server: its first process, and what joins it to the worker. */
const helpers = /^(\S*docker-init |sh -c socat |socat |sleep 5$)/;

export const testApiKey = "sk-test-only-0123456789";

/** `npm run test:real` runs tests of the agent once more in containers, where it can. */
export function testRuntime(environment: Environment): "process" | "docker" {
  return environment["DROVER_TEST_OPENCODE_RUNTIME"] === "docker" ? "docker" : "process";
}

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
    DROVER_OPENCODE_RUNTIMES: testRuntime(environment),
    DOCKER_HOST: environment["DOCKER_HOST"] ?? "unix:///var/run/docker.sock",
    ...settings,
  });
  const plugins: Plugin[] = [];
  const logger = createLogger({ service: "test", level: environment["LOG_LEVEL"] ?? "silent" });
  const agent = await createOpenCodeAgent(config, logger, {
    onPlugins: (_organizationId, _workspaceId, found) => plugins.push(...found),
    ...hooks,
  });
  const isDocker = config.DROVER_OPENCODE_RUNTIMES.includes("docker");
  const outside = isDocker ? "/tmp/outside" : join(folder, "outside");
  const processes = async (workspaceId = "ws-1") => {
    const data = join(folder, "state", "bench", "default", workspaceId, "data");
    const pids = new Set(await markedProcesses("XDG_DATA_HOME", data));
    const known = (await listProcesses()).filter(({ pid }) => pids.has(pid));
    return isDocker ? known.filter(({ command }) => !helpers.test(command)) : known;
  };
  const server = async (workspaceId?: string) => {
    const found = (await processes(workspaceId)).find(({ command }) =>
      command.includes(" serve --hostname "),
    );
    if (found === undefined) throw new Error("the workspace has no server");
    return found.pid;
  };
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
    outside,
    async readOutside(file) {
      // A container sees files of its own; its server's root is where they are.
      const root = isDocker ? `/proc/${await server()}/root` : "";
      return await readFile(`${root}${join(outside, file)}`, "utf8").catch(() => null);
    },
    processes: async (workspaceId) => (await processes(workspaceId)).map(({ pid }) => pid),
    server,
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
