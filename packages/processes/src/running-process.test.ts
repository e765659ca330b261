import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { isRunning } from "./process-table.ts";
import { RunningProcess } from "./running-process.ts";

const until = (holds: () => boolean | Promise<boolean>, timeout = 5_000) =>
  vi.waitUntil(holds, { timeout, interval: 20 });

afterAll(() => rm(logFile, { force: true }));

const logFile = join(tmpdir(), `drover-running-${process.pid}.log`);
const shell = (script: string) =>
  RunningProcess.launch({
    command: "/bin/sh",
    args: ["-c", script],
    environment: { PATH: process.env["PATH"] ?? "", GREETING: "hello" },
    cwd: "/",
    logFile,
  });

test("a child sees only the environment it is given and writes to its log", async () => {
  const child = await shell("env; echo to-stderr >&2");
  expect(await child.ended).toEqual({ code: 0, signal: null });
  const log = await readFile(logFile, "utf8");
  expect(log).toContain("GREETING=hello");
  expect(log).toContain("to-stderr");
  expect(log).not.toContain("HOME=");
});

test("stopping asks first: a child that heeds SIGTERM ends by itself", async () => {
  const child = await shell("trap 'exit 7' TERM; echo armed; while :; do sleep 0.05; done");
  await until(async () => (await readFile(logFile, "utf8")).includes("armed"));
  expect(await child.stop(5_000)).toEqual({ code: 7, signal: null });
});

test("a child that ignores SIGTERM is killed when its grace is over", async () => {
  const child = await shell("trap '' TERM; echo deaf; while :; do sleep 0.05; done");
  await until(async () => (await readFile(logFile, "utf8")).includes("deaf"));
  expect(await child.stop(100)).toEqual({ code: null, signal: "SIGKILL" });
});

test("what a child leaves in its group ends with it", async () => {
  const child = await shell("sleep 301 & echo left=$!");
  await child.ended;
  const pid = Number(/left=(\d+)/.exec(await readFile(logFile, "utf8"))?.[1]);
  await until(async () => !(await isRunning(pid)));
});

test("a command that is not there is an error at once", async () => {
  const launching = RunningProcess.launch({
    command: "/nowhere/at-all",
    args: [],
    environment: {},
    cwd: "/",
    logFile,
  });
  await expect(launching).rejects.toThrow(/ENOENT/);
});
