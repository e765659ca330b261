/** Workers as processes of their own on one Redis, without the rest of the stack: for proofs that stop, kill and count them. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId } from "@drover/contracts";
import { createLogger } from "@drover/observability";
import { RunningProcess } from "@drover/processes";
import { type NewTask, Scheduler, Store } from "@drover/queue";
import { eventually, startRedis, type TestRedis } from "@drover/testing";
import { z } from "zod";
import { repositoryRoot } from "../architecture/repository-root.ts";

export interface FleetWorker {
  readonly name: string;
  readonly process: RunningProcess;
  /** The lines of its log so far that are JSON. */
  log(): Promise<Record<string, unknown>[]>;
}

export interface WorkerFleet extends AsyncDisposable {
  readonly redis: TestRedis;
  /** A store of the test's own, beside the workers'. */
  readonly store: Store;
  /** Starts one more infra-worker with the diagnostics agent; resolves when it is in the registry. */
  start(name: string): Promise<FleetWorker>;
  /** Submits diagnostics tasks, one for each payload. @returns their ids */
  submit(payloads: readonly Record<string, unknown>[]): Promise<string[]>;
}

export interface FleetOptions {
  readonly lockSeconds: number;
  /** Tasks that one worker runs at once. */
  readonly concurrency: number;
}

const line = z.record(z.string(), z.unknown());

export async function startFleet(options: FleetOptions): Promise<WorkerFleet> {
  const folder = await mkdtemp(join(tmpdir(), "drover-fleet-"));
  const redis = await startRedis();
  const logger = createLogger({ service: "test", level: "silent" });
  const store = Store.open({ url: redis.url, shards: 1, manner: "worker", logger });
  const workers: RunningProcess[] = [];
  const start = async (name: string): Promise<FleetWorker> => {
    const logFile = join(folder, `${name}.log`);
    const worker = await RunningProcess.launch({
      command: process.execPath,
      args: ["--conditions=@drover/source", "--import", "tsx", "services/infra-worker/src/main.ts"],
      cwd: repositoryRoot,
      logFile,
      environment: {
        PATH: process.env["PATH"] ?? "",
        HOME: folder,
        REDIS_URL: redis.url,
        DROVER_WORKER_NAME: name,
        DROVER_DIAGNOSTICS: "true",
        DROVER_LOCK_SECONDS: String(options.lockSeconds),
        DROVER_INFRA_CONCURRENCY: String(options.concurrency),
        DROVER_METRICS_PORT: "0",
        DROVER_DRAIN_SECONDS: "0",
        DROVER_KUBERNETES_MODE: "plan",
        DOCKER_HOST: "tcp://127.0.0.1:9",
      },
    });
    workers.push(worker);
    const key = `${store.keyspace.site.prefix}:registry:diagnostics`;
    await eventually(async () => (await store.redis.hexists(key, name)) === 1, { deadlineMs: 60_000 });
    return { name, process: worker, log: () => jsonLines(logFile) };
  };
  return {
    redis,
    store,
    start,
    submit: async (payloads) => {
      const tasks = payloads.map(diagnosticsTask);
      await new Scheduler(store).submitMany(tasks);
      return tasks.map(({ id }) => id);
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(workers.map((worker) => worker[Symbol.asyncDispose]()));
      await store[Symbol.asyncDispose]();
      await redis.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function jsonLines(file: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(file, "utf8");
  return text.split("\n").flatMap((entry) => (entry.startsWith("{") ? [line.parse(JSON.parse(entry))] : []));
}

function diagnosticsTask(payload: Record<string, unknown>): NewTask {
  return {
    id: newId("task"),
    agent: "diagnostics",
    type: "diagnostics",
    payload,
    organizationId: "default",
    workspaceId: null,
    priority: "normal",
    maxAttempts: 3,
    timeoutSeconds: 120,
    delaySeconds: 0,
    labels: {},
    createdBy: "key_test",
    traceparent: null,
    step: null,
  };
}
