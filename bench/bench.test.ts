/** The bench itself: that it measures and tells everything. What it finds is not judged here: this machine may be busy. */
import { expect, test } from "vitest";
import { quickBench } from "./bench-options.ts";
import { benchResults } from "./report/results.ts";
import { summaryOf } from "./report/tables.ts";
import { runBench } from "./run-bench.ts";

test("the quick bench measures every figure on both sides and can be read back", async () => {
  const results = benchResults.parse(JSON.parse(JSON.stringify(await runBench(quickBench, () => undefined))));
  const figures = results.comparisons.map(({ name }) => name);
  expect(figures).toEqual([
    "tasks_end_to_end",
    "tasks_submitted",
    "tasks_executed",
    "redis_time",
    "worker_time",
    "accepted",
    "accept_p50",
    "accept_p99",
    "accept_server_time",
    "idle_p50",
    "idle_p99",
    "idle_http_p50",
    "idle_http_p99",
    ...quickBench.shapes.map(({ name }) => name),
    "memory",
  ]);
  for (const { rounds, ratio } of results.comparisons) {
    expect(rounds).toHaveLength(quickBench.rounds);
    expect(ratio).toBeGreaterThanOrEqual(0);
  }
  expect(results.parts.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["metrics", "tracing", "logs", "memory: its events"]),
  );
  expect(results.commands.map(({ name }) => name)).toEqual(expect.arrayContaining(["evalsha", "xadd"]));
  expect(results.growth.map(({ queued }) => queued)).toEqual(quickBench.depths);
  expect(summaryOf(results)).toContain("tasks end to end");
});
