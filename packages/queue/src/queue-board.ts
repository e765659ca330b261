/** Queues as operators and autoscalers see them. Every wait of a caller has the connection's deadline. */

import type { Priority } from "@drover/contracts";
import { agentNames, type QueueCounts, type QueueDemand } from "@drover/contracts";
import type { Queue } from "bullmq";
import { z } from "zod";
import { finishedPerMinute } from "./drain-rate.ts";
import { laneBounds } from "./lane.ts";
import type { Shard } from "./shard.ts";
import { queueNames, type Store } from "./store.ts";
import { queueOfAgent } from "./task-queue.ts";
import { json } from "./task-row.ts";

export interface AgentQueueState {
  readonly queue: Omit<QueueCounts, "name" | "waiting_children" | "completed">;
  readonly throughputPerMinute: number;
  readonly oldestWaitingSeconds: number | null;
}

const pause = z.object({ by: z.string(), at: z.string() });
type Pause = z.infer<typeof pause>;

/** Where a task stands among those that are ready. */
export interface Standing {
  /** In its own lane, from 1. */
  readonly position: number;
  /** How many tasks of this agent start before it, those of earlier lanes included. */
  readonly ahead: number;
}

/** BullMQ's score of a job: its priority above 32 bits that count arrivals. */
const arrivals = 2 ** 32;

export class QueueBoard {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async counts(): Promise<QueueCounts[]> {
    return await Promise.all(queueNames.map((name) => this.#count(name)));
  }

  /** Null for a queue that does not exist. */
  async countsOf(name: string): Promise<QueueCounts | null> {
    return queueNames.includes(name) ? await this.#count(name) : null;
  }

  /** What replicas are needed for; null for a queue that does not exist. */
  async demand(name: string): Promise<QueueDemand | null> {
    if (!queueNames.includes(name)) return null;
    let backlog = 0;
    let active = 0;
    for (const queue of this.#shardsOf(name)) {
      const counts = await queue.getJobCounts("waiting", "prioritized", "active");
      backlog +=
        (counts["waiting"] ?? 0) + (counts["prioritized"] ?? 0) + (await queue.getDelayedCount(Date.now()));
      active += counts["active"] ?? 0;
    }
    return { queue: name, demand: backlog + active, backlog, active };
  }

  /** Who paused it first is remembered. @returns false for a queue that does not exist */
  async pause(name: string, by: string): Promise<boolean> {
    if (!queueNames.includes(name)) return false;
    const { redis, keyspace } = this.#store;
    const words: Pause = { by, at: new Date().toISOString() };
    await redis.hsetnx(keyspace.site.pausedQueues(), name, JSON.stringify(words));
    await Promise.all(this.#shardsOf(name).map((queue) => queue.pause()));
    return true;
  }

  /** @returns false for a queue that does not exist */
  async resume(name: string): Promise<boolean> {
    if (!queueNames.includes(name)) return false;
    await Promise.all(this.#shardsOf(name).map((queue) => queue.resume()));
    await this.#store.redis.hdel(this.#store.keyspace.site.pausedQueues(), name);
    return true;
  }

  /** Null for what is not an agent. */
  async agentQueueState(agent: string): Promise<AgentQueueState | null> {
    if (!agentNames.includes(agent)) return null;
    const {
      name: _name,
      waiting_children: _children,
      completed: _completed,
      ...queue
    } = await this.#count(agent);
    let throughput = 0;
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const shard of this.#store.keyspace.shards) {
      throughput += await finishedPerMinute(this.#store, shard, agent);
      const [, sinceMs] = await this.#store.redis.zrange(shard.waiting(agent), "0", "0", "WITHSCORES");
      // One that is not ready yet stands here by the time when it will be.
      if (sinceMs !== undefined && Number(sinceMs) <= Date.now())
        oldestMs = Math.min(oldestMs, Number(sinceMs));
    }
    return {
      queue,
      throughputPerMinute: Math.round(throughput * 10) / 10,
      oldestWaitingSeconds: Number.isFinite(oldestMs) ? Math.round((Date.now() - oldestMs) / 1000) : null,
    };
  }

  /** Null for a task that does not stand in the queue: it is delayed, or is being taken now. */
  async standing(shard: Shard, agent: string, taskId: string, lane: Priority): Promise<Standing | null> {
    const key = this.#store.queue(shard, queueOfAgent(agent)).toKey("prioritized");
    const before = laneBounds(lane).first * arrivals;
    const [rank, earlier] = await Promise.all([
      this.#store.redis.zrank(key, taskId),
      this.#store.redis.zcount(key, "-inf", `(${before}`),
    ]);
    return rank === null ? null : { position: rank - earlier + 1, ahead: rank };
  }

  #shardsOf(name: string): Queue[] {
    return this.#store.keyspace.shards.map((shard) => this.#store.queue(shard, name));
  }

  async #count(name: string): Promise<QueueCounts> {
    const total = {
      waiting: 0,
      prioritized: 0,
      delayed: 0,
      active: 0,
      waiting_children: 0,
      completed: 0,
      failed: 0,
    };
    let paused = false;
    let parked = 0;
    for (const [position, queue] of this.#shardsOf(name).entries()) {
      const counts = await queue.getJobCounts();
      total.waiting += counts["waiting"] ?? 0;
      total.prioritized += counts["prioritized"] ?? 0;
      total.delayed += counts["delayed"] ?? 0;
      total.active += counts["active"] ?? 0;
      total.waiting_children += counts["waiting-children"] ?? 0;
      total.completed += counts["completed"] ?? 0;
      total.failed += counts["failed"] ?? 0;
      paused ||= await queue.isPaused();
      const shard = this.#store.keyspace.shards[position];
      if (shard !== undefined) parked += await this.#store.redis.scard(shard.parked(name));
    }
    const words = paused
      ? await this.#store.redis.hget(this.#store.keyspace.site.pausedQueues(), name)
      : null;
    const by = words === null ? null : json(pause).parse(words);
    return {
      name,
      ...total,
      delayed: Math.max(0, total.delayed - parked),
      parked,
      paused,
      paused_by: by?.by ?? null,
      paused_at: by?.at ?? null,
    };
  }
}
