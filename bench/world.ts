/** What is measured: Drover's processes and the baseline's, on one Redis that keeps every write on disk before it answers. */
import { type Stack, startStack } from "@drover/embedded";
import { createLogger } from "@drover/observability";
import { EventLog, QueueBoard, Scheduler, Store, TaskLedger } from "@drover/queue";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { type BaselineProcess, startBaseline } from "./baseline/child-process.ts";
import { InDegreeEngine } from "./baseline/in-degree-engine.ts";
import { rawPrefix, rawQueues } from "./baseline/raw-queues.ts";
import type { BenchOptions } from "./bench-options.ts";

export interface World extends AsyncDisposable {
  readonly stack: Stack;
  readonly store: Store;
  /** Of the bench alone: for what the server tells of itself. */
  readonly redis: Redis;
  readonly scheduler: Scheduler;
  readonly ledger: TaskLedger;
  readonly events: EventLog;
  readonly queues: QueueBoard;
  readonly rawTasks: Queue;
  readonly engine: InDegreeEngine;
  readonly rawWorker: BaselineProcess;
  readonly express: BaselineProcess;
}

const shards = 1;

/** Everything as it is by default, except for limits that stop a caller who means it. */
function settingsOf(options: BenchOptions): Record<string, Record<string, string>> {
  return {
    "*": { DROVER_SHARDS: String(shards), DROVER_LOCK_SECONDS: "30" },
    "api-gateway": { DROVER_RATE_LIMIT_PER_MINUTE: "10000000" },
    "infra-worker": { DROVER_INFRA_CONCURRENCY: String(options.concurrency) },
  };
}

export async function startWorld(options: BenchOptions): Promise<World> {
  const opened: AsyncDisposable[] = [];
  const keep = <Part extends AsyncDisposable>(part: Part): Part => {
    opened.unshift(part);
    return part;
  };
  const close = async () => {
    for (const part of opened.splice(0)) await part[Symbol.asyncDispose]();
  };
  try {
    const stack = keep(await startStack({ serviceEnvironment: settingsOf(options) }));
    const told = { redisUrl: stack.redisUrl, concurrency: options.concurrency };
    const start = (name: string) =>
      startBaseline(new URL(`./baseline/${name}/main.ts`, import.meta.url), told);
    const rawWorker = keep(await start("worker"));
    const express = keep(await start("express"));
    const logger = createLogger({ service: "bench", level: "silent" });
    const store = keep(Store.open({ url: stack.redisUrl, shards, manner: "worker", logger }));
    const redis = new Redis(stack.redisUrl, { maxRetriesPerRequest: null });
    keep({ [Symbol.asyncDispose]: async () => redis.disconnect() });
    return {
      stack,
      store,
      redis,
      scheduler: new Scheduler(store, { unfinishedMax: 0 }),
      ledger: new TaskLedger(store),
      events: keep(new EventLog(store)),
      queues: new QueueBoard(store),
      rawTasks: new Queue(rawQueues.tasks, { connection: store.redis, prefix: rawPrefix }),
      engine: keep(new InDegreeEngine(stack.redisUrl)),
      rawWorker,
      express,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
