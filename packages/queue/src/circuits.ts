/**
 * Circuits: whether the means of an agent (a model, an engine, a cluster) are there, as the whole fleet has found. Its state
 * is in Redis, once, since what one worker has learned spares the others the same; a library's circuit breaker knows only
 * its own process.
 *
 * So many different tasks that fail one after the other open it. While it is open nobody takes tasks of that agent; then
 * one worker tries, one task at a time, and what comes of that closes it or opens it for longer.
 */
import type { AgentDescriptor, Circuit, CircuitDescriptor } from "@drover/contracts";
import { z } from "zod";
import type { RedisClient } from "./connection.ts";
import {
  circuitFailedScript,
  circuitProbeScript,
  circuitSucceededScript,
} from "./scripts/circuit-scripts.ts";
import type { Store } from "./store.ts";

const usual: CircuitDescriptor = { failures: 5, openMs: 5_000, openMsMax: 300_000, probeMs: 30_000 };
/** Failures further apart than this are not in a row. */
const windowSeconds = 600;

export function circuitOf(agent: AgentDescriptor): CircuitDescriptor {
  return agent.circuit ?? usual;
}

const rowSchema = z.object({
  state: z.enum(["closed", "open", "half_open"]).default("closed"),
  failures: z.coerce.number().int().default(0),
  opened_at: z.coerce.number().optional(),
  until: z.coerce.number().optional(),
  reason: z.string().optional(),
});

/** A circuit as a worker needs it. */
export interface CircuitRow {
  readonly state: Circuit["state"];
  /** When it is tried again, in milliseconds since the epoch; null while it is closed. */
  readonly untilMs: number | null;
  readonly failures: number;
}

export interface CircuitFailure {
  readonly taskId: string;
  readonly worker: string;
  readonly reason: string;
  /** For how long the means ask to be left alone, in milliseconds; 0: they do not say. */
  readonly retryAfterMs: number;
}

export class Circuits {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** As the API shows it. */
  async show(agent: string): Promise<Circuit> {
    const row = await this.#row(agent);
    const opened = row.state !== "closed";
    return {
      name: agent,
      state: row.state,
      opened_at: opened ? timestampOf(row.opened_at) : null,
      until: opened ? timestampOf(row.until) : null,
      reason: row.reason ?? null,
      failures: row.failures,
    };
  }

  async read(agent: string): Promise<CircuitRow> {
    const { state, until, failures } = await this.#row(agent);
    return { state, untilMs: state === "closed" ? null : (until ?? null), failures };
  }

  /** An attempt failed because the agent's means are away or full. */
  async failed(agent: AgentDescriptor, failure: CircuitFailure): Promise<void> {
    const { failures, openMs, openMsMax } = circuitOf(agent);
    await this.#run(circuitFailedScript, agent.name, [
      failure.taskId,
      failure.worker,
      Date.now(),
      failure.reason,
      failures,
      openMs,
      openMsMax,
      failure.retryAfterMs,
      windowSeconds,
    ]);
  }

  /** An attempt succeeded: what failed before was not in a row. */
  async succeeded(agent: string): Promise<void> {
    await this.#run(circuitSucceededScript, agent, []);
  }

  /** Asks to be the one that tries, or to stay it for another `leaseMs`. @returns whether this worker is */
  async probe(agent: string, worker: string, leaseMs: number): Promise<boolean> {
    return (await this.#run(circuitProbeScript, agent, [worker, Date.now(), leaseMs])) === 1;
  }

  async #row(agent: string) {
    const key = this.#store.keyspace.site.circuit(agent);
    return rowSchema.parse(await this.#store.redis.hgetall(key));
  }

  async #run(what: typeof circuitProbeScript, agent: string, args: (string | number)[]): Promise<unknown> {
    const { site } = this.#store.keyspace;
    const keys = [site.circuit(agent), site.circuitFailures(agent)];
    return await this.#store.scripts.run(what, keys, [site.circuitChannel(), agent, ...args]);
  }
}

/** Hears of which agents the circuits have changed. */
export class CircuitListener implements AsyncDisposable {
  readonly #subscriber: RedisClient;

  constructor(store: Store, onChange: (agent: string) => void) {
    this.#subscriber = store.connect("worker");
    this.#subscriber.on("message", (_channel: string, agent: string) => onChange(agent));
    this.#subscriber.subscribe(store.keyspace.site.circuitChannel()).catch((error: unknown) => {
      store.logger.warn({ err: error }, "changes of circuits are not heard; they are found a little later");
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscriber.disconnect();
  }
}

function timestampOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
