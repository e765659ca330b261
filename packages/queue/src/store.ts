/**
 * What every part of Drover shares of Redis: the connection, the keys, and BullMQ's queues by name and shard.
 */
import { agentNames, systemQueues } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import { Queue } from "bullmq";
import { Cluster } from "ioredis";
import { JobRecorder } from "./bullmq/job-recorder.ts";
import { type ConnectionManner, connect, type RedisClient } from "./connection.ts";
import { Keyspace } from "./keyspace.ts";
import { ScriptRunner } from "./scripts/script-runner.ts";
import type { Shard } from "./shard.ts";

/** Every queue: one per agent, then the system's. */
export const queueNames: readonly string[] = [...agentNames, ...Object.values(systemQueues)];

export interface StoreOptions {
  readonly url: string;
  readonly shards: number;
  readonly manner: ConnectionManner;
  readonly logger: Logger;
}

export class Store implements AsyncDisposable {
  readonly redis: RedisClient;
  readonly keyspace: Keyspace;
  readonly scripts: ScriptRunner;
  readonly logger: Logger;
  readonly #url: string;
  readonly #queues = new Map<string, Queue>();
  readonly #recorders = new Map<Queue, JobRecorder>();
  /**
   * BullMQ's own connection. It teaches its connection dozens of scripts, each of which makes every pipeline on that
   * connection slower to begin.
   */
  readonly #queueRedis: RedisClient;
  readonly #connections: RedisClient[] = [];

  private constructor(options: StoreOptions) {
    this.#url = options.url;
    this.logger = options.logger;
    this.keyspace = new Keyspace(options.shards);
    this.redis = this.connect(options.manner);
    this.#queueRedis = this.connect(options.manner);
    this.scripts = new ScriptRunner(this.redis);
  }

  /** Opens a store; does not wait for Redis, which may come later. */
  static open(options: StoreOptions): Store {
    return new Store(options);
  }

  /** One more connection of this store, closed with it; for subscriptions and workers. */
  connect(manner: ConnectionManner): RedisClient {
    let lastLoggedMs = 0;
    const connection = connect(this.#url, manner, (error) => {
      if (Date.now() - lastLoggedMs < 5_000) return;
      lastLoggedMs = Date.now();
      this.logger.warn({ err: error }, "redis connection failed; it is being made again");
    });
    this.#connections.push(connection);
    return connection;
  }

  /** BullMQ's queue of this name on this shard. */
  queue(shard: Shard, name: string): Queue {
    const address = `${shard.prefix}:${name}`;
    let queue = this.#queues.get(address);
    if (queue === undefined) {
      queue = new Queue(name, { connection: this.#queueRedis, prefix: shard.prefix });
      queue.on("error", (error) => this.logger.debug({ err: error, queue: name }, "queue error"));
      this.#queues.set(address, queue);
    }
    return queue;
  }

  /** What BullMQ would send to add a job to this queue. */
  jobRecorder(shard: Shard, name: string): JobRecorder {
    const queue = this.queue(shard, name);
    let recorder = this.#recorders.get(queue);
    if (recorder === undefined) {
      recorder = new JobRecorder(queue, this.#queueRedis);
      this.#recorders.set(queue, recorder);
    }
    return recorder;
  }

  /** Every queue of every shard. */
  allQueues(): Queue[] {
    return this.keyspace.shards.flatMap((shard) => queueNames.map((name) => this.queue(shard, name)));
  }

  /**
   * Answers when Redis does, on each connection that a request may use: they are made again one by one after an outage.
   * @throws DroverError redis_unavailable when it does not within `timeoutMs`
   */
  async ping(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      await Promise.race([
        Promise.all([this.redis.ping(), this.#queueRedis.ping()]),
        new Promise((_, reject) => {
          timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
        }),
      ]);
    } catch (cause) {
      throw new DroverError("redis_unavailable", { cause, retryAfterMs: 1_000 });
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Waits until `count` replicas of each server that was written to have all that this store wrote before the call: a
   * server that is lost from then on loses none of it.
   * @throws DroverError redis_unavailable when that is not so within `timeoutMs`
   */
  async replicated(count: number, timeoutMs: number): Promise<void> {
    if (count === 0) return;
    const servers = this.redis instanceof Cluster ? this.redis.nodes("master") : [this.redis];
    try {
      const reached = await Promise.all(servers.map((server) => server.wait(count, timeoutMs)));
      const fewest = Math.min(...reached);
      if (fewest < count) throw new Error(`only ${fewest} of ${count} replicas have the change`);
    } catch (cause) {
      // A connection that is lost meanwhile leaves it just as unknown.
      throw new DroverError("redis_unavailable", { cause, retryAfterMs: 1_000 });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#queues.values()].map((queue) => queue.close()));
    for (const connection of this.#connections) connection.disconnect();
  }
}
