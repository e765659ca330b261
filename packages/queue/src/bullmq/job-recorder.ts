/** Learns from BullMQ what it would send to add a job, without sending it: keys, arguments and packed options are its own. */
import { createIORedisClient, Job, type JobsOptions, type Queue, RedisQueueBackend } from "bullmq";
import { z } from "zod";
import type { RedisClient } from "../connection.ts";
import { type BullMqCommand, keysOf } from "./bullmq-scripts.ts";

export interface RecordedAdd {
  readonly command: BullMqCommand;
  readonly keys: readonly string[];
  /** Packed arguments, data, packed options. */
  readonly args: readonly (string | Buffer)[];
}

const addCommand = z.enum(["addPrioritizedJob", "addDelayedJob", "addStandardJob"]);
const keyList = z.array(z.string());

export class JobRecorder {
  readonly #queue: Queue;
  readonly #client: ReturnType<typeof createIORedisClient>;
  readonly #backend: RedisQueueBackend;
  readonly #sent: { readonly command: string; readonly args: readonly unknown[] }[] = [];

  constructor(queue: Queue, redis: RedisClient) {
    this.#queue = queue;
    this.#client = createIORedisClient(redis);
    // One of its own: that of the queue goes on sending.
    const backend = queue.backend.forQueue(queue.name);
    if (!(backend instanceof RedisQueueBackend)) throw new Error("this queue of BullMQ is not on Redis");
    backend.execCommand = (_client, command, args) => {
      this.#sent.push({ command, args });
      return Promise.resolve("recorded");
    };
    this.#backend = backend;
  }

  /** @throws Error when BullMQ would add it otherwise than in one command */
  record(name: string, opts: JobsOptions & { jobId: string }): RecordedAdd {
    const job = new Job(this.#queue, name, {}, opts, opts.jobId);
    const parent =
      job.parentKey === undefined
        ? { parentDependenciesKey: "" }
        : { parentKey: job.parentKey, parentDependenciesKey: `${job.parentKey}:dependencies` };
    // It calls `execCommand` before it returns; what it promises is what was answered there.
    void this.#backend.addJobToTransaction(this.#client, job.asJSON(), opts.jobId, parent);
    const sent = this.#sent.pop();
    if (sent === undefined) throw new Error("BullMQ did not say how it adds a job");
    return split(sent);
  }
}

function split({ command: name, args }: { command: string; args: readonly unknown[] }): RecordedAdd {
  const command = addCommand.parse(name);
  const keys = keysOf(command);
  return {
    command,
    keys: keyList.parse(args.slice(0, keys)),
    args: args.slice(keys).map((value) => (Buffer.isBuffer(value) ? value : String(value))),
  };
}
