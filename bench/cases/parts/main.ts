/**
 * What each part of a task's observation costs a worker's process, by itself: many times in a row, without Redis. A process
 * of its own, so that its logs go nowhere and its tracer is nobody else's.
 */
import { once } from "node:events";
import {
  Counter,
  createLogger,
  createMetrics,
  Histogram,
  startTracing,
  withCorrelation,
  withSpan,
} from "@drover/observability";
import { z } from "zod";
import { median } from "../../measure/statistics.ts";
import type { Part } from "../../report/results.ts";

const series = 5;

async function microsecondsOf(times: number, work: () => unknown): Promise<number> {
  const each: number[] = [];
  for (let n = 0; n < series; n += 1) {
    const startMs = performance.now();
    for (let at = 0; at < times; at += 1) await work();
    each.push(((performance.now() - startMs) * 1000) / times);
  }
  return median(each);
}

const [message] = await once(process, "message");
const times = z.number().parse(message);

const registry = createMetrics("bench");
const labelNames = ["agent", "outcome"] as const;
const labels = { agent: "diagnostics", outcome: "completed" };
const counter = new Counter({ name: "bench_total", help: "-", labelNames, registers: [registry] });
const seconds = new Histogram({ name: "bench_seconds", help: "-", labelNames, registers: [registry] });
const logger = createLogger({ service: "bench", level: "info" });
const correlation = { task_id: "task_01hzzzzzzzzzzzzzzzzzzzzzzz" };
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const span = () => withSpan("task diagnostics echo", { traceparent }, async () => undefined);

const untraced = await microsecondsOf(times, span);
startTracing({ service: "bench", endpoint: undefined });
const parts: Part[] = [
  {
    name: "metrics",
    what: "one counter and one histogram, with labels",
    unit: "µs/task",
    value: await microsecondsOf(times, () => {
      counter.inc(labels);
      seconds.observe(labels, 0.01);
    }),
  },
  {
    name: "tracing",
    what: "one span in its caller's trace, without an exporter",
    unit: "µs/task",
    value: Math.max(0, (await microsecondsOf(times, span)) - untraced),
  },
  {
    name: "logs",
    what: "two lines with correlation at level info",
    unit: "µs/task",
    value: await microsecondsOf(times, () =>
      withCorrelation(correlation, () => {
        logger.info({ attempt: 1 }, "task started");
        logger.info("task completed");
      }),
    ),
  },
];
process.send?.(parts);
process.disconnect();
