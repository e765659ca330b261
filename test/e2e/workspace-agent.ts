/** `drover workspace-agent` as a person starts it: a process of its own, with a real OpenCode, in a workspace of its own. */
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { guardScratch, RunningProcess, releaseScratch, runCommand } from "@drover/processes";
import { openCodeBinary, openCodeEnvironment } from "@drover/testing";
import type { Target } from "./api.ts";

const command = fileURLToPath(new URL("../../packages/client/bin/drover.mjs", import.meta.url));

export interface TestWorkspaceAgent extends AsyncDisposable {
  /** Where the files of the workspace lie. */
  readonly directory: string;
  readonly process: RunningProcess;
  /** What it has said so far. */
  said(): Promise<string>;
}

/** Beside what it cannot do without. */
export interface Extras {
  readonly options?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** @param modelUrl of the model that the workspace's own OpenCode uses */
export async function startWorkspaceAgent(
  target: Target,
  workspace: string,
  modelUrl: string,
  extras: Extras = {},
): Promise<TestWorkspaceAgent> {
  const root = await mkdtemp(join(tmpdir(), "drover-workspace-"));
  guardScratch(root);
  const directory = join(root, "files");
  await mkdir(directory);
  await runCommand("git", ["init", "-q", directory], 10_000);
  const environment = await openCodeEnvironment(root, { modelUrl, password: "not-this-one" });
  const logFile = join(root, "agent.log");
  const process_ = await RunningProcess.launch({
    command: process.execPath,
    args: [
      ...[command, "workspace-agent", "--workspace", workspace, "--directory", directory],
      ...["--opencode", openCodeBinary(), "--state-dir", join(root, "agent")],
      ...(extras.options ?? []),
    ],
    environment: { ...environment, ...extras.environment, DROVER_URL: target.url, DROVER_TOKEN: target.key },
    cwd: root,
    logFile,
  });
  return {
    directory,
    process: process_,
    said: () => readFile(logFile, "utf8"),
    async [Symbol.asyncDispose]() {
      await process_.stop(10_000);
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
      releaseScratch(root);
    },
  };
}
