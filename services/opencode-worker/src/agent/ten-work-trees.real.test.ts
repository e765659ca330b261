import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { WorkerService } from "@drover/agent-kit";
import { newId, openCode, openCodeOutput, type Payload, worksApart } from "@drover/contracts";
import { createLogger } from "@drover/observability";
import { checkInvariants, type NewTask, Scheduler, Store, TaskLedger } from "@drover/queue";
import { eventually, startRedis, type TestRedis } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AgentBench, agentBench } from "./agent.fixture.ts";

const run = promisify(execFile);
const deadlineMs = 540_000;

let redis: TestRedis;
let bench: AgentBench;
let store: Store;
let worker: WorkerService;
beforeAll(async () => {
  redis = await startRedis();
  bench = await agentBench(process.env);
  const logger = createLogger({ service: "test", level: "silent" });
  store = Store.open({ url: redis.url, shards: 1, manner: "worker", logger });
  worker = await WorkerService.start({
    service: "opencode-worker",
    config: {
      REDIS_URL: redis.url,
      DROVER_SHARDS: 1,
      LOG_LEVEL: "silent",
      DROVER_METRICS_PORT: 0,
      DROVER_METRICS_HOST: "127.0.0.1",
      DROVER_WORKER_NAME: "bench",
      DROVER_DRAIN_SECONDS: 1,
      DROVER_LOCK_SECONDS: 60,
    },
    concurrency: 12,
    agents: async () => [bench.agent],
  });
});
afterAll(async () => {
  await worker[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
  await redis.stop();
});

const git = async (...args: string[]) => {
  const identity = ["-c", "user.name=T", "-c", "user.email=t@example.com"];
  return (await run("git", ["-C", bench.path("ws-ten"), ...identity, ...args])).stdout.trim();
};

function aTask(prompt: string, isolation: "shared" | "worktree" = "worktree"): NewTask {
  const payload: Payload = { action: "prompt", prompt, isolation };
  return {
    id: newId("task"),
    agent: "opencode",
    type: "opencode",
    payload,
    organizationId: "default",
    workspaceId: "ws-ten",
    priority: "normal",
    maxAttempts: 3,
    timeoutSeconds: 900,
    delaySeconds: 0,
    labels: {},
    createdBy: "key_test",
    traceparent: null,
    step: null,
    apart: worksApart(openCode, payload),
  };
}

/** What came of a task that completed, and when it ran. */
async function outcomeOf({ id }: NewTask) {
  const task = await eventually(
    async () => {
      const found = await new TaskLedger(store).find(id);
      return found !== null && found.finished_at !== null ? found : false;
    },
    { deadlineMs, intervalMs: 200 },
  );
  expect(task).toMatchObject({ status: "completed", error: null });
  const output = openCodeOutput.parse(task.result?.output);
  return {
    output,
    startedMs: Date.parse(task.started_at ?? ""),
    endedMs: Date.parse(task.finished_at ?? ""),
  };
}

test("ten tasks work in one repository at once, beside one on its own files: each has its branch, and those that change one line conflict by name", {
  timeout: deadlineMs + 60_000,
}, async () => {
  await bench.put("ws-ten", "shared.txt", "one\n");
  await git("init", "-q", "-b", "main");
  await git("add", ".");
  await git("commit", "-qm", "first");
  const base = await git("rev-parse", "HEAD");
  await bench.put("ws-ten", "not-committed.txt", "mine\n");

  const tasks = Array.from({ length: 10 }, (_, n) =>
    aTask(n < 2 ? `run echo ${n} > shared.txt` : `write f${n}.txt: ${n}`),
  );
  const shared = aTask("write in-shared.txt: yes", "shared");
  const scheduler = new Scheduler(store);
  await scheduler.submitMany([shared, ...tasks]);
  const outcomes = await Promise.all(tasks.map(outcomeOf));
  const own = await outcomeOf(shared);
  expect(own.output).toMatchObject({ files: [{ path: "in-shared.txt", status: "added" }] });
  expect(own.output.branch).toBeUndefined();

  // All ran before the first had ended.
  const firstEnd = Math.min(...outcomes.map(({ endedMs }) => endedMs));
  for (const { startedMs } of outcomes) expect(startedMs).toBeLessThan(firstEnd);

  const outputs = outcomes.map(({ output }) => output);
  for (const [n, output] of outputs.entries()) {
    const branch = `drover/${tasks[n]?.id}`;
    expect(output).toMatchObject({ branch, base, merge: { clean: true, conflicts: [] } });
    expect(output.files).toEqual([
      expect.objectContaining(
        n < 2 ? { path: "shared.txt", status: "modified" } : { path: `f${n}.txt`, status: "added" },
      ),
    ]);
    expect(await git("log", "--format=%an: %s", `main..${branch}`)).toBe(`OpenCode: Work of ${tasks[n]?.id}`);
    expect(await git("rev-parse", `${branch}^`)).toBe(base);
  }
  const [one, two] = outputs;
  // Whichever was later knows of the other; both do, where they ended in the same moment.
  const named = [...(one?.conflicts_with ?? []), ...(two?.conflicts_with ?? [])];
  expect([one?.branch, two?.branch]).toEqual(expect.arrayContaining(named));
  expect(named.length).toBeGreaterThan(0);
  for (const output of outputs.slice(2)) expect(output.conflicts_with).toEqual([]);

  expect(await bench.read("ws-ten", "shared.txt")).toBe("one\n");
  expect((await readdir(bench.path("ws-ten"))).sort()).toEqual(
    [".git", "in-shared.txt", "not-committed.txt", "shared.txt"].sort(),
  );
  const trees = join(bench.config.DROVER_STATE_DIR, "bench", "default", "ws-ten", "trees");
  expect(await readdir(trees)).toEqual([]);
  expect((await git("worktree", "list")).split("\n")).toHaveLength(1);

  await git("merge", "-q", String(one?.branch));
  const later = aTask("run echo 3 > shared.txt");
  await scheduler.submitMany([later]);
  const { output: third } = await outcomeOf(later);
  expect(third).toMatchObject({ merge: { clean: true }, conflicts_with: [two?.branch] });
  await expect(git("merge", String(two?.branch))).rejects.toThrow();
  expect(await checkInvariants(store, { full: true })).toMatchObject({ ok: true, leaks: [], drift: [] });
});
