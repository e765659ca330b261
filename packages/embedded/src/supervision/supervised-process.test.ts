import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, isRunning, trackLeaks } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backoff, backoffMs } from "./backoff.ts";
import { SupervisedProcess } from "./supervised-process.ts";

const leaks = trackLeaks();
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "drover-supervised-"));
});
afterAll(() => leaks.check());
afterAll(() => rm(folder, { recursive: true }));

const quick: Backoff = { firstMs: 10, maxMs: 80, stableMs: 60_000 };

function supervise(script: string, said: string[] = [], more: { backoff?: Backoff } = {}) {
  return new SupervisedProcess({
    name: "fake",
    logFile: join(folder, "fake.log"),
    launch: async () => ({
      command: "/bin/sh",
      args: ["-c", script],
      environment: { PATH: process.env["PATH"] ?? "" },
      cwd: "/",
      logFile: join(folder, "fake.log"),
    }),
    isReady: async () => true,
    graceMs: 2_000,
    say: (line) => said.push(line),
    backoff: quick,
    ...more,
  });
}

async function runningPid(supervised: SupervisedProcess): Promise<number> {
  return await eventually(() => supervised.pid ?? false);
}

test("a killed process is started again as another one", async () => {
  await using supervised = supervise("sleep 60");
  supervised.start();
  const pid = await runningPid(supervised);
  supervised.kill();
  const next = await supervised.waitRestarted();
  expect(next).not.toBe(pid);
  expect(await isRunning(pid)).toBe(false);
  expect(supervised.failures).toBe(0);
});

test("a process that keeps ending is started later and later, and each end is said", async () => {
  const said: string[] = [];
  await using supervised = supervise("exit 3", said);
  supervised.start();
  await eventually(() => supervised.failures >= 4);
  expect(said[0]).toMatch(/^fake ended \(exit code 3\); it is started again in/);
  expect(said[2]).toMatch(/ended 3 times in a row .*; see .*fake\.log$/);
  expect(supervised.lastEnding).toBe("exit code 3");
});

test("the wait doubles up to its limit, with jitter", () => {
  const backoff: Backoff = { firstMs: 100, maxMs: 1_000, stableMs: 1 };
  for (const [failures, fullMs] of [
    [1, 100],
    [2, 200],
    [4, 800],
    [5, 1_000],
    [5_000, 1_000],
  ] as const) {
    const waitMs = backoffMs(backoff, failures);
    expect(waitMs).toBeGreaterThanOrEqual(fullMs / 2);
    expect(waitMs).toBeLessThanOrEqual(fullMs);
  }
});

test("an end after a stable time counts as the first", async () => {
  const stable: Backoff = { firstMs: 5, maxMs: 5, stableMs: 50 };
  const said: string[] = [];
  await using supervised = supervise("sleep 0.1; exit 1", said, { backoff: stable });
  supervised.start();
  await eventually(() => said.length >= 3);
  expect(supervised.failures).toBe(1);
});

test("a stop ends the process for good, until it is started anew", async () => {
  await using supervised = supervise("sleep 60");
  supervised.start();
  const pid = await runningPid(supervised);
  await supervised.stop();
  expect(await isRunning(pid)).toBe(false);
  expect(supervised.pid).toBeNull();
  supervised.start();
  expect(await runningPid(supervised)).not.toBe(pid);
});

test("a stop while it waits for its next start does not wait", async () => {
  const supervised = supervise("exit 1", [], {
    backoff: { firstMs: 60_000, maxMs: 60_000, stableMs: 60_000 },
  });
  supervised.start();
  await eventually(() => supervised.failures === 1);
  const startMs = Date.now();
  await supervised.stop();
  expect(Date.now() - startMs).toBeLessThan(1_000);
});

test("waiting for a restart that does not come ends with how the process ended", async () => {
  await using supervised = supervise("exit 4", [], {
    backoff: { firstMs: 60_000, maxMs: 60_000, stableMs: 60_000 },
  });
  supervised.start();
  await eventually(() => supervised.failures === 1);
  await expect(supervised.waitRestarted({ deadlineMs: 100 })).rejects.toThrow(/exit code 4/);
});
