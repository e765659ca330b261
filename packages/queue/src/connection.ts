/**
 * Connections to Redis, in the two manners that Drover needs.
 *
 * `request`: for what a caller waits for. Nothing is queued while the connection is down and every command has a deadline,
 * so an outage is an error in time, never a hanging request.
 * `worker`: for what must outlast an outage: commands wait until Redis is back.
 */
import { Redis, type RedisOptions } from "ioredis";

export type ConnectionManner = "request" | "worker";

const commandTimeoutMs = 2_500;

const manners = {
  request: {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 2_000,
  },
  worker: { maxRetriesPerRequest: null, connectTimeout: 5_000 },
} as const satisfies Record<ConnectionManner, RedisOptions>;

/** Between attempts to connect: grows to a second, with jitter, and never gives up. */
function reconnectDelayMs(attempt: number): number {
  return Math.min(1_000, 50 * 2 ** Math.min(attempt, 5)) * (0.5 + Math.random() / 2);
}

/** A connection that is already being made; errors go to `onError`, since a connection mends itself. */
export function connect(url: string, manner: ConnectionManner, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, { ...manners[manner], retryStrategy: reconnectDelayMs, keepAlive: 10_000 });
  redis.on("error", onError);
  return redis;
}
