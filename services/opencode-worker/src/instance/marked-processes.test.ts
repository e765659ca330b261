import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createLogger } from "@drover/observability";
import { eventually, isRunning } from "@drover/testing";
import { afterEach, describe, expect, test } from "vitest";
import { markedProcesses, reapMarked } from "./marked-processes.ts";
import { startGuardian } from "./start-guardian.ts";

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

async function shell(script: string, environment: Record<string, string>): Promise<ChildProcess> {
  const child = spawn("/bin/sh", ["-c", script], {
    env: { PATH: "/usr/bin:/bin", ...environment },
    detached: true,
    stdio: "ignore",
  });
  started.push(child);
  await once(child, "spawn");
  return child;
}

const ended = (child: ChildProcess) => eventually(async () => !(await isRunning(Number(child.pid))));

describe("reaping", () => {
  test("ends what carries the mark, with what it started in a clean environment, and nothing else", async () => {
    const mark = randomUUID();
    const marked = await shell("env -i setsid sleep 300 & wait", { MARK: mark });
    const other = await shell("exec sleep 300", { MARK: randomUUID() });
    await eventually(async () => (await markedProcesses("MARK", mark)).length >= 2);
    expect(await reapMarked("MARK", mark)).toBe(0);
    await ended(marked);
    expect(await markedProcesses("MARK", mark)).toEqual([]);
    expect(await isRunning(Number(other.pid))).toBe(true);
  });

  test("a value that only begins alike is another mark", async () => {
    await shell("exec sleep 300", { MARK: "abcd" });
    expect(await markedProcesses("MARK", "abc")).toEqual([]);
  });
});

describe("the guardian", () => {
  test("reaps when its pipe ends, and ends itself", async () => {
    const mark = randomUUID();
    const logger = createLogger({ service: "test", level: "silent" });
    const guardian = await startGuardian({ name: "MARK", value: mark }, logger);
    const marked = await shell("exec sleep 300", { MARK: mark });
    await guardian[Symbol.asyncDispose]();
    await ended(marked);
    expect(await isRunning(guardian.pid)).toBe(false);
  });
});
