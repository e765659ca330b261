import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";
import { isRunning, listProcesses } from "./process-table.ts";

const until = (holds: () => boolean | Promise<boolean>, timeout = 5_000) =>
  vi.waitUntil(holds, { timeout, interval: 20 });

const module_ = fileURLToPath(new URL("running-process.ts", import.meta.url));
const guardian = fileURLToPath(new URL("guardian.ts", import.meta.url));

/** A parent that launches `command` in a shell, guards `scratch`, prints the child's pid, and then does `after`. */
function parentOf(command: string, scratch: string, after: string): ChildProcess {
  const source = `
    import { guardScratch } from ${JSON.stringify(guardian)};
    import { RunningProcess } from ${JSON.stringify(module_)};
    guardScratch(${JSON.stringify(scratch)});
    const child = await RunningProcess.launch({
      command: "sh", args: ["-c", ${JSON.stringify(command)}], environment: { PATH: process.env.PATH },
      cwd: "/", logFile: ${JSON.stringify(join(scratch, "log"))},
    });
    console.log(child.pid);
    ${after}
  `;
  return spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function firstLine(parent: ChildProcess): Promise<string> {
  if (parent.stdout === null) throw new Error("no stdout");
  const [line] = await once(createInterface(parent.stdout), "line");
  return String(line);
}

const made: string[] = [];
afterAll(() => Promise.all(made.map((directory) => rm(directory, { recursive: true, force: true }))));

async function scratchDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "drover guardian-"));
  made.push(directory);
  return directory;
}

test("a SIGKILLed parent leaves neither its processes, nor theirs, nor its scratch directory", async () => {
  const scratch = await scratchDirectory();
  const parent = parentOf("sleep 301 & sleep 301 & wait", scratch, "await child.ended;");
  const pid = Number(await firstLine(parent));
  await until(async () => (await grandchildren(pid)) === 2);
  parent.kill("SIGKILL");
  await until(async () => !(await isRunning(pid)) && (await grandchildren(pid)) === 0);
  await until(() => !existsSync(scratch));
});

test("a process that ignores SIGTERM is killed after five seconds", async () => {
  const scratch = await scratchDirectory();
  const parent = parentOf("trap '' TERM; while :; do sleep 0.2; done", scratch, "await child.ended;");
  const pid = Number(await firstLine(parent));
  parent.kill("SIGKILL");
  await until(async () => !(await isRunning(pid)), 9_000);
  await until(() => !existsSync(scratch));
});

test("a parent that stops its child by itself ends at once and keeps what it released", async () => {
  const scratch = await scratchDirectory();
  const release = `
    await child.stop(1000);
    const { releaseScratch } = await import(${JSON.stringify(guardian)});
    releaseScratch(${JSON.stringify(scratch)});
  `;
  const parent = parentOf("sleep 301", scratch, release);
  const pid = Number(await firstLine(parent));
  const [code] = await once(parent, "exit");
  expect(code).toBe(0);
  expect(await isRunning(pid)).toBe(false);
  expect(existsSync(scratch)).toBe(true);
});

async function grandchildren(groupId: number): Promise<number> {
  const entries = await listProcesses();
  return entries.filter((entry) => entry.groupId === groupId && entry.pid !== groupId && entry.state !== "Z")
    .length;
}
