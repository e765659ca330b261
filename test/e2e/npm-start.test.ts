import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { descendantsOf, eventually, isRunning, type ProcessEntry } from "@drover/testing";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { z } from "zod";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "drover-npm-start-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));
const startedPids = new Set<number>();
afterEach(() => {
  // Only after a failure: what should have stopped must not disturb the next test.
  for (const pid of startedPids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // As it should be.
    }
  }
  startedPids.clear();
});

interface Started {
  readonly npm: ChildProcess;
  /** What it printed up to and with the line that was waited for. */
  readonly lines: readonly string[];
  /** Every process beneath npm, when that line came. */
  readonly processes: readonly ProcessEntry[];
}

async function npmStart(line: RegExp, ...args: string[]): Promise<Started> {
  const npm = spawn("npm", ["start", "--silent", "--", "--directory", directory, ...args], {
    cwd: root,
    // A group of its own: only npm gets the signals of these tests, as under a supervisor.
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, DROVER_PORT: "0", DROVER_METRICS_PORT: "0", DROVER_MODEL_BASE_URL: "" },
  });
  if (npm.stdout === null || npm.pid === undefined) throw new Error("npm did not start");
  const lines: string[] = [];
  for await (const next of createInterface(npm.stdout)) {
    lines.push(next);
    if (!line.test(next)) continue;
    const processes = await descendantsOf(npm.pid);
    for (const { pid } of processes) startedPids.add(pid);
    return { npm, lines, processes };
  }
  throw new Error(`npm start ended after:\n${lines.join("\n")}`);
}

async function allGone({ processes }: Started): Promise<void> {
  expect(processes.length).toBeGreaterThanOrEqual(8);
  await eventually(
    async () => {
      for (const { pid, command } of processes)
        if (await isRunning(pid)) throw new Error(`${pid} (${command}) still runs`);
    },
    { deadlineMs: 20_000 },
  );
  startedPids.clear();
}

const announcement = z.object({ url: z.url(), key: z.string(), workspaces_dir: z.string() });

test("npm start says once that it is ready, with a key that works, and SIGTERM leaves no process", async () => {
  const started = await npmStart(/Ctrl-C/);
  const ready = started.lines.filter((line) => line.startsWith("drover ready"));
  expect(ready).toEqual([expect.stringMatching(/^drover ready http:\/\/127\.0\.0\.1:\d+$/)]);
  const url = ready[0]?.slice("drover ready ".length) ?? "";
  const key = /drv_\w+/.exec(started.lines.join("\n"))?.[0] ?? "";
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const me = await fetch(`${url}/api/v2/agents/me`, { headers: { authorization: `Bearer ${key}` } });
  expect(me.status).toBe(200);
  started.npm.kill("SIGTERM");
  await once(started.npm, "exit");
  await allGone(started);
});

test("a second run finds the data of the first, and Ctrl-C leaves no process", async () => {
  const first = await npmStart(/"ready"/, "--json");
  const { url, key } = announcement.parse(JSON.parse(first.lines.at(-1) ?? ""));
  const accepted = await fetch(`${url}/api/v2/agents/execute`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ type: "diagnostics", payload: { action: "echo", value: "kept" } }),
  });
  const { id } = z.looseObject({ id: z.string() }).parse(await accepted.json());
  first.npm.kill("SIGINT");
  await allGone(first);

  const second = await npmStart(/"ready"/, "--json");
  const again = announcement.parse(JSON.parse(second.lines.at(-1) ?? ""));
  expect(again.key).toBe(key);
  const task = await fetch(`${again.url}/api/v2/agents/tasks/${id}?wait=20`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(await task.json()).toMatchObject({ status: "completed", result: { output: "kept" } });
  second.npm.kill("SIGINT");
  await allGone(second);
});

test.each(["npm", "scripts/run.mjs", "embedded/src/main.ts"])(
  "when %s is SIGKILLed, the rest stops by itself",
  async (victim) => {
    const started = await npmStart(/"ready"/, "--json");
    const pid =
      victim === "npm"
        ? started.npm.pid
        : started.processes.find(({ command }) => command.includes(victim))?.pid;
    if (pid === undefined) throw new Error(`${victim} does not run`);
    process.kill(pid, "SIGKILL");
    await allGone(started);
  },
);

test("npm run demo completes the strategy's workflow, says what it made, and leaves nothing", async () => {
  const npm = spawn("npm", ["run", "demo", "--silent", "--", "--json", "--keep"], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, DROVER_MODEL_BASE_URL: "" },
  });
  if (npm.stdout === null) throw new Error("npm did not start");
  const exit = once(npm, "exit");
  const lines: string[] = [];
  for await (const line of createInterface(npm.stdout)) lines.push(line);
  expect((await exit)[0]).toBe(0);
  const report = z
    .object({
      status: z.string(),
      steps: z.array(z.object({ step_id: z.string(), status: z.string() })),
      files: z.array(z.object({ path: z.string(), size_bytes: z.number() })),
      kubernetes: z.looseObject({ applied: z.boolean() }),
      workspace_dir: z.string(),
    })
    .parse(JSON.parse(lines.join("\n")));
  expect(report.status).toBe("completed");
  expect(report.steps.map((step) => step.status)).toEqual(["completed", "completed", "completed"]);
  expect(report.kubernetes.applied).toBe(false);
  for (const { path, size_bytes } of report.files)
    expect((await readFile(join(report.workspace_dir, path))).byteLength).toBe(size_bytes);
  expect(report.files.map((file) => file.path)).toContain("k8s/api.yaml");
  const own = dirname(dirname(report.workspace_dir));
  expect(own).toContain("drover-demo-");
  await rm(own, { recursive: true });
});
