/** A real `opencode serve` as a workspace runs it itself: its own process, folders, password and model. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, guardScratch, RunningProcess, releaseScratch } from "@drover/processes";
import { eventually } from "./eventually.ts";

export interface TestOpenCodeOptions {
  /** Where the files of the workspace lie. */
  readonly directory: string;
  /** An OpenAI-compatible endpoint that has the model `drover-demo`. */
  readonly modelUrl: string;
  readonly password: string;
  /** The name of its model's provider. Default: `workspace`. */
  readonly provider?: string;
  /** Of OpenCode, beside its model. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface TestOpenCode extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folders. */
  restart(): Promise<void>;
}

const startDeadlineMs = 45_000;
const answerDeadlineMs = 2_000;
const worker = join(
  dirname(fileURLToPath(import.meta.url)),
  "../../../services/opencode-worker/package.json",
);

/** Starts one and waits until it answers. */
export async function startOpenCode(options: TestOpenCodeOptions): Promise<TestOpenCode> {
  const root = await mkdtemp(join(tmpdir(), "drover-remote-"));
  guardScratch(root);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = await environmentOf(root, options);
  const start = async () => {
    const started = await RunningProcess.launch({
      command: binary(),
      args: ["serve", "--hostname", "127.0.0.1", "--port", String(port)],
      environment,
      cwd: options.directory,
      logFile: join(root, "log"),
    });
    await eventually(() => answers(url, options.password), { deadlineMs: startDeadlineMs });
    return started;
  };
  let running = await start();
  return {
    url,
    get pid() {
      return running.pid;
    },
    kill: async () => void (await running.kill()),
    async restart() {
      running = await start();
    },
    async [Symbol.asyncDispose]() {
      await running.kill();
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
      releaseScratch(root);
    },
  };
}

function binary(): string {
  const configured = process.env["DROVER_OPENCODE_BIN"];
  if (configured !== undefined && configured !== "") return configured;
  const name = `opencode-${process.platform}-${process.arch}`;
  return join(dirname(createRequire(worker).resolve(`${name}/package.json`)), "bin", "opencode");
}

/** Nothing is fetched, installed or shared, and the home of whoever runs the test is left alone. */
async function environmentOf(root: string, options: TestOpenCodeOptions): Promise<Record<string, string>> {
  const folders: Record<string, string> = { HOME: join(root, "home") };
  for (const kind of ["CONFIG", "DATA", "CACHE", "STATE"]) folders[`XDG_${kind}_HOME`] = join(root, kind);
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
  const plugins = join(root, "CONFIG", "opencode");
  await mkdir(join(plugins, "node_modules"), { recursive: true });
  await writeFile(join(plugins, "package.json"), "{}");
  const model = { name: "demo", tool_call: true, limit: { context: 100_000, output: 8_000 } };
  const { provider = "workspace" } = options;
  const config = {
    enabled_providers: [provider],
    model: `${provider}/drover-demo`,
    small_model: `${provider}/drover-demo`,
    provider: {
      [provider]: {
        npm: "@ai-sdk/openai-compatible",
        name: "Of the workspace",
        options: { baseURL: options.modelUrl, apiKey: "of-the-workspace" },
        models: { "drover-demo": model },
      },
    },
    ...options.config,
  };
  return {
    ...folders,
    PATH: process.env["PATH"] ?? "",
    OPENCODE_SERVER_PASSWORD: options.password,
    OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    OPENCODE_DISABLE_SHARE: "1",
    OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
    OPENCODE_DISABLE_EMBEDDED_WEB_UI: "1",
    GIT_TERMINAL_PROMPT: "0",
  };
}

async function answers(url: string, password: string): Promise<boolean> {
  const response = await fetch(`${url}/global/health`, {
    headers: { authorization: `Basic ${btoa(`opencode:${password}`)}` },
    signal: AbortSignal.timeout(answerDeadlineMs),
  });
  await response.body?.cancel();
  return response.ok;
}
