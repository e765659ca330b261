import { recordedContext } from "@drover/agent-kit/conformance";
import { CancelledFailure } from "@drover/errors";
import { eventually, trackLeaks } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AgentBench, agentBench, ofKind, outputOf } from "./agent.fixture.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

let bench: AgentBench;
beforeAll(async () => {
  bench = await agentBench(process.env, { DROVER_OPENCODE_INSTANCES_MAX: "2" });
});
afterAll(() => bench[Symbol.asyncDispose]());

/** Starts a task and waits until its shell command runs. */
async function running(prompt: string, workspaceId = "ws-1", signal?: AbortSignal) {
  const context = recordedContext(signal);
  const task = bench.prompt(prompt, { workspaceId });
  const ended = bench.agent.execute(task, context).then(
    (result) => result,
    (error: unknown) => error,
  );
  await eventually(
    () =>
      ofKind(context.progressed, "tool").some(
        (data) => data["tool"] === "bash" && data["state"] === "running",
      ),
    { deadlineMs: 60_000 },
  );
  await eventually(async () => (await bench.processes(workspaceId)).length > 1);
  return { ended, task };
}

test("an abort ends a running command within half a second, and the next task finds a free instance", async () => {
  const abort = new AbortController();
  const { ended } = await running("sleep 600", "ws-1", abort.signal);
  const server = await bench.server();
  const reason = new CancelledFailure("Enough.");
  const abortedMs = performance.now();
  abort.abort(reason);
  expect(await ended).toBe(reason);
  expect(performance.now() - abortedMs).toBeLessThan(500);
  const result = await bench.agent.execute(bench.prompt("write after.txt: yes"), recordedContext());
  expect(outputOf(result).files).toMatchObject([{ path: "after.txt" }]);
  expect(await bench.processes()).toEqual([server]);
});

test("a killed instance fails the attempt, its commands end, and a new one takes over with what was done", async () => {
  const { ended, task } = await running("write first.txt: 1\nsleep 600");
  const processes = await bench.processes();
  expect(processes.length).toBeGreaterThan(1);
  process.kill(await bench.server(), "SIGKILL");
  expect(await ended).toMatchObject({ name: "RetryableFailure", code: "instance_failed" });
  const again = { ...task, attempt: 2, payload: { action: "prompt", prompt: "write second.txt: 2" } };
  const result = await bench.agent.execute(again, recordedContext());
  expect(outputOf(result).files).toMatchObject([{ path: "first.txt" }, { path: "second.txt" }]);
  const left = await bench.processes();
  expect(left.filter((pid) => processes.includes(pid))).toEqual([]);
});

test("two workspaces work at the same time and apart; a third waits, and so does a second task in one", async () => {
  const [one, two] = await Promise.all([running("sleep 600", "ws-1"), running("sleep 600", "ws-2")]);
  for (const workspaceId of ["ws-1", "ws-3"]) {
    const refused = bench.agent.execute(bench.prompt("say hi", { workspaceId }), recordedContext());
    await expect(refused).rejects.toMatchObject({ name: "CapacityFailure", code: "no_free_slot" });
  }
  process.kill(await bench.server("ws-2"), "SIGKILL");
  expect(await two.ended).toMatchObject({ code: "instance_failed" });
  const third = bench.agent.execute(
    bench.prompt("write c.txt: c", { workspaceId: "ws-3" }),
    recordedContext(),
  );
  expect(outputOf(await third).files).toMatchObject([{ path: "c.txt" }]);
  expect(await bench.processes("ws-2")).toEqual([]);
  expect((await bench.processes("ws-1")).length).toBeGreaterThan(1);
  process.kill(await bench.server("ws-1"), "SIGKILL");
  await one.ended;
});

test("an instance that has been idle for long ends by itself", async () => {
  await using short = await agentBench(process.env, { DROVER_OPENCODE_IDLE_SECONDS: "0.2" });
  await short.agent.execute(short.prompt("say hi"), recordedContext());
  expect((await short.processes()).length).toBe(1);
  await eventually(async () => (await short.processes()).length === 0, { deadlineMs: 10_000 });
});
