/** One task at a time on an idle machine: from its submission to its result in the caller's hands. */

import { setTimeout as pause } from "node:timers/promises";
import { basePath, diagnostics } from "@drover/contracts";
import { QueueEvents } from "bullmq";
import { Redis } from "ioredis";
import { Pool } from "undici";
import { z } from "zod";
import { rawJobOptions, rawPrefix, rawQueues } from "../baseline/raw-queues.ts";
import type { BenchOptions } from "../bench-options.ts";
import { interleave, type Sample } from "../measure/interleave.ts";
import { percentile } from "../measure/statistics.ts";
import { timed } from "../measure/until.ts";
import type { Comparison } from "../report/results.ts";
import type { World } from "../world.ts";
import { noOpData, noOpTask } from "./no-op-tasks.ts";

/** Between two tasks, so that the worker waits again. */
const restMs = 5;
const waitMs = 30_000;

const measured = [
  {
    name: "idle_p50",
    what: "submission to result, idle, through the library on both sides, median",
    unit: "ms",
    goal: { kind: "at_most", ratio: 3 },
  },
  { name: "idle_p99", what: "the same, 99th percentile", unit: "ms" },
  {
    name: "idle_http_p50",
    what: "the same over HTTP (POST /execute, GET ?wait) against the library of the baseline, median",
    unit: "ms",
  },
  { name: "idle_http_p99", what: "the same, 99th percentile", unit: "ms" },
] as const;

export async function measureIdle(world: World, options: BenchOptions): Promise<Comparison[]> {
  const connection = new Redis(world.stack.redisUrl, { maxRetriesPerRequest: null });
  const finished = new QueueEvents(rawQueues.tasks, { connection, prefix: rawPrefix });
  const pool = new Pool(world.stack.url, { connections: 2 });
  await finished.waitUntilReady();
  try {
    return await interleave(
      options.rounds,
      {
        baseline: async () => {
          const latencies = await repeat(options.idleTasksPerRound, async () => {
            const job = await world.rawTasks.add("task", noOpData, rawJobOptions);
            await job.waitUntilFinished(finished, waitMs);
          });
          return { ...latencies, idle_http_p50: figure(latencies, 0), idle_http_p99: figure(latencies, 1) };
        },
        drover: async () => {
          const latencies = await repeat(options.idleTasksPerRound, () => throughLibrary(world));
          const http = await repeat(options.idleTasksPerRound, () => overHttp(world, pool));
          return { ...latencies, idle_http_p50: figure(http, 0), idle_http_p99: figure(http, 1) };
        },
      },
      measured,
    );
  } finally {
    await finished.close();
    connection.disconnect();
    await pool.close();
  }
}

const figure = (sample: Sample, at: 0 | 1): number => Object.values(sample)[at] ?? 0;

async function repeat(count: number, work: () => Promise<void>): Promise<Sample> {
  const latenciesMs: number[] = [];
  for (let n = 0; n < count; n += 1) {
    latenciesMs.push(await timed(work));
    await pause(restMs);
  }
  return { idle_p50: percentile(latenciesMs, 0.5), idle_p99: percentile(latenciesMs, 0.99) };
}

async function throughLibrary({ scheduler, events, ledger, store }: World): Promise<void> {
  const task = noOpTask();
  const shard = store.keyspace.shardOf(task.organizationId);
  await scheduler.submit(task);
  await events.waitFinal(shard, { kind: "task", id: task.id }, waitMs, new AbortController().signal);
  const found = await ledger.find(task.id);
  if (found?.status !== "completed") throw new Error(`a task ended ${found?.status}`);
}

const shown = z.object({ id: z.string(), status: z.string() });

async function overHttp({ stack }: World, pool: Pool): Promise<void> {
  const headers = { "coder-session-token": stack.key, "content-type": "application/json" };
  const body = JSON.stringify({ type: diagnostics.name, payload: noOpData });
  const accepted = await pool.request({ method: "POST", path: `${basePath}/execute`, headers, body });
  const { id } = shown.parse(await accepted.body.json());
  const answer = await pool.request({ method: "GET", path: `${basePath}/tasks/${id}?wait=30`, headers });
  const { status } = shown.parse(await answer.body.json());
  if (status !== "completed") throw new Error(`a task ended ${status}`);
}
