/**
 * The least that runs a DAG on BullMQ without hanging: a job for the run, which waits for its children, a job for each
 * step, and counters of what each step still waits for. No ledger, no events, no fencing, no cancel, no limits.
 */
import { type Job, Queue, WaitingChildrenError, Worker } from "bullmq";
import { Redis } from "ioredis";
import { z } from "zod";
import { endedRuns, rawJobOptions, rawPrefix, rawQueues } from "./raw-queues.ts";

/** A step and what it depends on. */
export interface DagStep {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

const chunkSize = 500;

/** KEYS: indegree, dependents, done · ARGV: step → every dependent that is ready and not done */
const completeStep = `
local first = redis.call('SADD', KEYS[3], ARGV[1]) == 1
local out = redis.call('HGET', KEYS[2], ARGV[1])
local ready = {}
if not out then return ready end
for _, dependent in ipairs(cjson.decode(out)) do
  local left
  if first then left = redis.call('HINCRBY', KEYS[1], dependent, -1)
  else left = tonumber(redis.call('HGET', KEYS[1], dependent)) end
  if left <= 0 and redis.call('SISMEMBER', KEYS[3], dependent) == 0 then ready[#ready + 1] = dependent end
end
return ready
`;

const ids = z.array(z.string());
const stepData = z.object({ run: z.string(), step: z.string() });
const runData = z.object({ roots: z.array(z.string()), total: z.number() });

const keysOf = (run: string): [string, string, string] => [
  `${rawPrefix}:dag:${run}:indegree`,
  `${rawPrefix}:dag:${run}:dependents`,
  `${rawPrefix}:dag:${run}:done`,
];

export class InDegreeEngine implements AsyncDisposable {
  readonly #redis: Redis;
  readonly #runs: Queue;
  readonly #steps: Queue;
  readonly #workers: Worker[] = [];

  constructor(url: string) {
    this.#redis = new Redis(url, { maxRetriesPerRequest: null });
    const options = { connection: this.#redis, prefix: rawPrefix };
    this.#runs = new Queue(rawQueues.runs, options);
    this.#steps = new Queue(rawQueues.steps, options);
  }

  async submit(run: string, steps: readonly DagStep[]): Promise<void> {
    const dependents = new Map<string, string[]>();
    for (const { id, dependsOn } of steps) {
      for (const dependency of dependsOn) {
        const known = dependents.get(dependency);
        if (known === undefined) dependents.set(dependency, [id]);
        else known.push(id);
      }
    }
    const [indegree, out] = keysOf(run);
    const pipeline = this.#redis.pipeline();
    pipeline.hset(indegree, Object.fromEntries(steps.map(({ id, dependsOn }) => [id, dependsOn.length])));
    if (dependents.size > 0) {
      pipeline.hset(
        out,
        Object.fromEntries([...dependents].map(([id, after]) => [id, JSON.stringify(after)])),
      );
    }
    await pipeline.exec();
    const roots = steps.filter(({ dependsOn }) => dependsOn.length === 0).map(({ id }) => id);
    await this.#runs.add("run", { roots, total: steps.length }, { ...rawJobOptions, jobId: run });
  }

  async hasEnded(run: string): Promise<boolean> {
    return (await this.#redis.hexists(endedRuns, run)) === 1;
  }

  /** Serves runs and steps in this process. */
  work(concurrency: number): void {
    const connection = () => this.#redis.duplicate().on("error", () => undefined);
    const options = { prefix: rawPrefix, concurrency };
    this.#workers.push(
      new Worker(rawQueues.runs, (job, token) => this.#run(job, token), {
        ...options,
        connection: connection(),
      }),
      new Worker(rawQueues.steps, (job) => this.#step(job), { ...options, connection: connection() }),
    );
    for (const worker of this.#workers) worker.on("error", () => undefined);
  }

  async #run(job: Job, token = ""): Promise<string> {
    const { roots, total } = runData.parse(job.data);
    const run = job.id ?? "";
    const [, , done] = keysOf(run);
    if ((await this.#redis.scard(done)) < total) {
      await this.#add(run, roots);
      if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError();
      if ((await this.#redis.scard(done)) < total) throw new Error("steps are missing");
    }
    await this.#redis.hset(endedRuns, run, Date.now());
    return "done";
  }

  async #step(job: Job): Promise<string> {
    const { run, step } = stepData.parse(job.data);
    const ready = ids.parse(await this.#redis.eval(completeStep, 3, ...keysOf(run), step));
    await this.#add(run, ready);
    return "done";
  }

  async #add(run: string, steps: readonly string[]): Promise<void> {
    for (let start = 0; start < steps.length; start += chunkSize) {
      const jobs = steps.slice(start, start + chunkSize).map((step) => ({
        name: "step",
        data: { run, step },
        opts: {
          ...rawJobOptions,
          jobId: `${run}_${step}`,
          parent: { id: run, queue: `${rawPrefix}:${rawQueues.runs}` },
          ignoreDependencyOnFailure: true,
        },
      }));
      const added = await this.#steps.addBulk(jobs);
      if (added.some(({ id }) => Number(id) < 0)) throw new Error("a step was refused");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close(true)));
    this.#redis.disconnect();
  }
}
