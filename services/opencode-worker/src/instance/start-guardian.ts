/** Starts the worker's guardian and keeps the pipe to it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { toError } from "@drover/errors";
import type { Logger } from "@drover/observability";

const endDeadlineMs = 12_000;

export interface Guardian extends AsyncDisposable {
  readonly pid: number;
}

/**
 * @param marker the variable and value that everything to be reaped has in its environment
 * @throws Error when it cannot be started; without a guardian nothing must be started
 */
export async function startGuardian(
  marker: { readonly name: string; readonly value: string },
  logger: Logger,
): Promise<Guardian> {
  const child = spawn(process.execPath, [...entry(), marker.name, marker.value], {
    detached: true, // a signal to the worker's group, such as Ctrl-C, passes it by
    stdio: ["pipe", "ignore", "ignore"],
    cwd: "/",
    env: {},
  });
  await once(child, "spawn");
  const { pid } = child;
  if (pid === undefined) throw new Error("The guardian has no process id.");
  let stopping = false;
  const exited = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      if (!stopping)
        logger.error({ pid, code, signal }, "the guardian ended; a killed worker would leave its instances");
      resolve();
    });
  });
  child.stdin.on("error", (error) => logger.debug({ err: toError(error) }, "the pipe to the guardian broke"));
  child.unref();
  unrefStream(child.stdin);
  return {
    pid,
    async [Symbol.asyncDispose]() {
      stopping = true;
      child.stdin.end();
      const late = new AbortController();
      await Promise.race([
        exited,
        delay(endDeadlineMs, undefined, { signal: late.signal }).catch(() => undefined),
      ]);
      late.abort();
      child.kill("SIGKILL");
    },
  };
}

/** How node runs the guardian: as it was compiled, or from its source with the loader that development uses. */
function entry(): string[] {
  const source = import.meta.url.endsWith(".ts");
  const file = fileURLToPath(new URL(source ? "./guardian.ts" : "./guardian.js", import.meta.url));
  if (!source) return [file];
  return ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href, file];
}

/** The pipe alone must not keep the worker running. */
function unrefStream(stream: object): void {
  if ("unref" in stream && typeof stream.unref === "function") stream.unref();
}
