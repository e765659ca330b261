/**
 * Says in Redis, every few seconds, that an agent is served here and how it is. Who stops saying so is forgotten.
 * The registry reads it: what is alive is what has spoken lately.
 */
import { hostname } from "node:os";
import { agentInstance } from "@drover/contracts";
import type { Store } from "@drover/queue";
import { z } from "zod";
import type { Agent, AgentHealth } from "./agent.ts";

const heartbeatMs = 3_000;
/** An instance that was silent for so long is dead. */
export const silenceMsMax = 3 * heartbeatMs;

/** What an instance says of itself. */
export const presence = agentInstance.extend({ agent: z.string(), service: z.string() });
type Presence = z.infer<typeof presence>;

export function presenceKey(store: Store, agent: string): string {
  return `${store.keyspace.site.prefix}:registry:${agent}`;
}

export interface PresenceOptions {
  readonly store: Store;
  readonly agent: Agent;
  readonly service: string;
  readonly workerName: string;
  readonly concurrency: number;
  readonly active: () => number;
  /** Why it takes no tasks although the agent could work; empty when it takes them. */
  readonly held: () => readonly string[];
}

export class AgentPresence implements AsyncDisposable {
  readonly #options: PresenceOptions;
  readonly #timer: NodeJS.Timeout;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#speak(), heartbeatMs);
    this.#timer.unref();
    this.#speak();
  }

  #speak(): void {
    const { store, agent, workerName, service, concurrency, active } = this.#options;
    const { status, reason } = this.#health();
    const now = Date.now();
    const words: Presence = {
      id: workerName,
      host: hostname(),
      concurrency,
      active: active(),
      last_seen_at: new Date(now).toISOString(),
      status,
      reason,
      capabilities: [...(agent.capabilities ?? [])],
      agent: agent.name,
      service,
    };
    const key = presenceKey(store, agent.name);
    store.redis
      .multi()
      .hset(key, workerName, JSON.stringify(words))
      .expire(key, 24 * 3600)
      .exec()
      .catch(() => undefined);
  }

  #health(): AgentHealth {
    const health = this.#options.agent.health();
    const held = this.#options.held();
    if (health.status === "unavailable" || held.length === 0) return health;
    return { status: "degraded", reason: `This worker takes no tasks now: ${held.join("; ")}.` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    const { store, agent, workerName } = this.#options;
    await store.redis.hdel(presenceKey(store, agent.name), workerName).catch(() => undefined);
  }
}
