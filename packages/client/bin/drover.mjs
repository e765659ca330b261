#!/usr/bin/env node
/**
 * `drover`. In a checkout it runs from source, so that it is never older than what stands there; in a package, the built files
 * beside it.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const source = new URL("../src/main.ts", import.meta.url);
if (existsSync(source)) {
  const fromSource = ["--conditions=@drover/source", "--import", import.meta.resolve("tsx")];
  const child = spawn(process.execPath, [...fromSource, fileURLToPath(source), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.once("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
} else {
  await import("../dist/main.js");
}
