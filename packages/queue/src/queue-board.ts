/** Queues as operators and autoscalers see them. Every wait of a caller has the connection's deadline. */
import { agentNames, type QueueCounts, type QueueDemand } from "@drover/contracts";
import type { Queue } from "bullmq";
import { finishedPerMinute } from "./drain-rate.ts";
import { queueNames, type Store } from "./store.ts";

export interface AgentQueueState {
  readonly queue: Omit<QueueCounts, "name" | "waiting_children" | "completed">;
  readonly throughputPerMinute: number;
  readonly oldestWaitingSeconds: number | null;
}

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

  /** @returns false for a queue that does not exist */
  async pause(name: string): Promise<boolean> {
    if (!queueNames.includes(name)) return false;
    await Promise.all(this.#shardsOf(name).map((queue) => queue.pause()));
    return true;
  }

  /** @returns false for a queue that does not exist */
  async resume(name: string): Promise<boolean> {
    if (!queueNames.includes(name)) return false;
    await Promise.all(this.#shardsOf(name).map((queue) => queue.resume()));
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
    return { name, ...total, delayed: Math.max(0, total.delayed - parked), parked, paused };
  }
}
