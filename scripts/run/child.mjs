/** Runs child processes: in the foreground with signals forwarded, or quietly with their output kept. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { root } from "./paths.mjs";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"];
const parentPollMs = 1_000;

/**
 * Runs a command on this terminal and answers its exit code. Signals go on to it. With `lifeline`, it can tell by the
 * end of a pipe (its number in `DROVER_LIFELINE_FD`) that this process is gone, however it ended.
 */
export function runInForeground(command, args, { env = {}, lifeline = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["inherit", "inherit", "inherit", ...(lifeline ? ["pipe"] : [])],
      env: { ...process.env, ...env, ...(lifeline ? { DROVER_LIFELINE_FD: "3" } : {}) },
    });
    const forward = (signal) => child.kill(signal);
    for (const signal of forwarded) process.on(signal, forward);
    const watch = watchNpm(() => child.kill("SIGTERM"));
    const finish = () => {
      clearInterval(watch);
      for (const signal of forwarded) process.off(signal, forward);
    };
    child.once("error", (error) => {
      finish();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      finish();
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

/** A killed npm can't forward anything: under npm, a change of parent counts as SIGTERM. */
function watchNpm(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onGone();
  }, parentPollMs);
  return watch.unref();
}

/** Runs a command to its end; answers its exit code and all that it printed. */
export function runQuietly(command, args, { env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" }), ...process.env, ...env },
    });
    let output = "";
    const keep = (piece) => {
      output += piece;
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
