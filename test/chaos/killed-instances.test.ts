/**
 * Many workspaces at once, each with an OpenCode server of its own, while servers are killed at random.
 * `DROVER_TEST_WORKSPACES` says how many, and `DROVER_TEST_OPENCODE_RUNTIME=docker` puts each into a container; `npm run test:real` takes
 * twenty, and then twenty in containers where it can.
 */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Stack, startStack } from "@drover/embedded";
import { runCommand } from "@drover/processes";
import { eventually, listProcesses } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SeededRandom } from "./program/seeded-random.ts";

const workspaces = Number(process.env["DROVER_TEST_WORKSPACES"] ?? 4);
const inContainers = process.env["DROVER_TEST_OPENCODE_RUNTIME"] === "docker";
const tasksEach = 3;
const seed = 20_264;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    serviceEnvironment: {
      "opencode-worker": {
        DROVER_OPENCODE_CONCURRENCY: String(workspaces),
        DROVER_OPENCODE_INSTANCES_MAX: String(workspaces),
        ...(inContainers ? { DROVER_OPENCODE_RUNTIMES: "docker" } : {}),
      },
    },
  });
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
});

/** All that runs with folders of this stack in its environment, in containers too, and no service of it: servers and commands. */
async function instanceProcesses() {
  const root = dirname(stack.workspacesDir);
  const all = await listProcesses();
  const environments = await Promise.all(
    all.map(({ pid }) => readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")),
  );
  return all.filter((_, index) => environments[index]?.includes(`XDG_DATA_HOME=${root}`));
}

/** The OpenCode servers that the worker has now. */
async function servers(): Promise<number[]> {
  const found = (await instanceProcesses()).filter(({ command }) => /^\S*opencode serve /.test(command));
  return found.map(({ pid }) => pid);
}

/** What the engine still has of this stack's containers, whether they run or not. */
async function containers(): Promise<string[]> {
  if (!inContainers) return [];
  const args = ["ps", "--all", "--format", "{{.ID}} {{.Labels}}"];
  const { ok, stdout, stderr } = await runCommand("docker", args, 20_000);
  expect(ok, stderr).toBe(true);
  return stdout.split("\n").filter((line) => line.includes(dirname(stack.workspacesDir)));
}

/** Kills one server after the other, of as many as there are workspaces, until it is told to stop. */
async function killAtRandom(stop: AbortSignal): Promise<number> {
  const random = new SeededRandom(seed);
  let killed = 0;
  while (!stop.aborted && killed < workspaces) {
    await delay(random.integer(1_000, 3_000), undefined, { signal: stop }).catch(() => undefined);
    const living = await servers();
    if (stop.aborted || living.length === 0) continue;
    try {
      process.kill(random.pick(living), "SIGKILL");
      killed += 1;
    } catch {
      // It ended in this very moment.
    }
  }
  return killed;
}

test(`${workspaces} workspaces at once, three tasks each, while their servers are killed at random: all complete, each in its own workspace, and nothing is left`, {
  timeout: 1_200_000,
}, async () => {
  const { client } = stack;
  const names = Array.from({ length: workspaces }, (_, n) => `ws-many-${n}`);
  const text = (name: string, n: number) => `task ${n} of ${name}`;
  const submitted = await Promise.all(
    names.flatMap((name) =>
      Array.from({ length: tasksEach }, async (_, n) => {
        const prompt = `sleep 2\nwrite task-${n}.txt: ${text(name, n)}`;
        const task = await client.submitTask({
          type: "opencode",
          workspace_id: name,
          max_attempts: 20,
          payload: { action: "prompt", prompt },
        });
        return { name, n, id: task.id };
      }),
    ),
  );
  const stop = new AbortController();
  const killing = killAtRandom(stop.signal);
  for (const { name, n, id } of submitted) {
    const ended = await client.waitForTask(id, { timeoutMs: 900_000 });
    expect(ended, `${name} ${n}: ${ended.error?.message}`).toMatchObject({ status: "completed" });
    expect(Object(ended.result?.output)["files"]).toMatchObject([{ path: `task-${n}.txt` }]);
  }
  stop.abort();
  const killed = await killing;
  expect(killed).toBeGreaterThan(0);
  for (const name of names) {
    const folder = join(stack.workspacesDir, name);
    expect((await readdir(folder)).sort()).toEqual(["task-0.txt", "task-1.txt", "task-2.txt"]);
    for (let n = 0; n < tasksEach; n += 1)
      expect((await readFile(join(folder, `task-${n}.txt`), "utf8")).trim()).toBe(text(name, n));
  }
  await stack.service("opencode-worker").stop();
  await eventually(
    async () => {
      expect(await instanceProcesses()).toEqual([]);
      expect(await containers()).toEqual([]);
    },
    { deadlineMs: 15_000 },
  );
});
