/**
 * Connections to Redis, in the two manners that Drover needs, to each kind of Redis that it runs on.
 *
 * `request`: for what a caller waits for. Nothing is queued while the connection is down and every command has a deadline,
 * so an outage is an error in time, never a hanging request.
 * `worker`: for what must outlast an outage: commands wait until Redis is back.
 */
import { type RedisAddress, type RedisNode, redisAddress } from "@drover/config";
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from "ioredis";
import { PatientSentinelConnector } from "./patient-sentinel-connector.ts";

export type ConnectionManner = "request" | "worker";

/** One server, or the servers of a Cluster behind one face. */
export type RedisClient = Redis | Cluster;

const commandTimeoutMs = 2_500;

const manners = {
  request: { maxRetriesPerRequest: 0, commandTimeout: commandTimeoutMs, connectTimeout: 2_000 },
  worker: { maxRetriesPerRequest: null, connectTimeout: 5_000 },
} as const satisfies Record<ConnectionManner, RedisOptions>;

/** Between attempts to connect: grows to a second, with jitter, and never gives up. */
function reconnectDelayMs(attempt: number): number {
  return Math.min(1_000, 50 * 2 ** Math.min(attempt, 5)) * (0.5 + Math.random() / 2);
}

/** What was a master and is a replica now must be left; `2`: and the command sent again, since it did nothing. */
function whenDemoted(error: Error): 2 | false {
  return error.message.startsWith("READONLY") ? 2 : false;
}

/**
 * A connection that is already being made; errors go to `onError`, since a connection mends itself.
 * @throws Error for a URL that is no address of a Redis
 */
export function connect(url: string, manner: ConnectionManner, onError: (error: Error) => void): RedisClient {
  const address = redisAddress(url);
  if (address === null) throw new Error("the address of Redis cannot be read");
  const redis = clientOf(address, manner);
  redis.on("error", onError);
  return redis;
}

function clientOf(address: RedisAddress, manner: ConnectionManner): RedisClient {
  const options = {
    ...manners[manner],
    enableOfflineQueue: manner === "worker",
    retryStrategy: reconnectDelayMs,
    keepAlive: 10_000,
  } satisfies RedisOptions;
  switch (address.kind) {
    case "single":
      return new Redis(address.url, options);
    case "sentinel":
      return new Redis({ ...options, ...sentinelOptions(address), reconnectOnError: whenDemoted });
    case "cluster":
      return new Cluster(address.nodes.map(copy), clusterOptions(address, manner));
  }
}

function sentinelOptions(address: RedisAddress & { kind: "sentinel" }) {
  return {
    sentinels: address.sentinels.map(copy),
    name: address.masterName,
    db: address.database,
    sentinelRetryStrategy: reconnectDelayMs,
    // One that takes the question and never answers must not keep the connection from asking the next.
    sentinelCommandTimeout: commandTimeoutMs,
    // Leaves a master that Sentinel has replaced, even one that is still there.
    failoverDetector: true,
    Connector: PatientSentinelConnector,
    ...credential(address),
    ...(address.sentinelPassword === undefined ? {} : { sentinelPassword: address.sentinelPassword }),
    ...(address.tls ? { tls: {}, enableTLSForSentinelMode: true } : {}),
  } satisfies RedisOptions;
}

function clusterOptions(address: RedisAddress & { kind: "cluster" }, manner: ConnectionManner) {
  return {
    enableOfflineQueue: manner === "worker",
    clusterRetryStrategy: reconnectDelayMs,
    slotsRefreshTimeout: 2_000,
    // Which node has which slot is asked again by and by, not only when a command went to the wrong one.
    slotsRefreshInterval: 5_000,
    redisOptions: {
      ...manners[manner],
      keepAlive: 10_000,
      ...credential(address),
      ...(address.tls ? { tls: {} } : {}),
    },
    // A certificate names hosts, not addresses.
    ...(address.tls ? { dnsLookup: unresolved } : {}),
  } satisfies ClusterOptions;
}

function credential(address: { username: string | undefined; password: string | undefined }) {
  return {
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
  };
}

function unresolved(host: string, found: (error: null, address: string) => void): void {
  found(null, host);
}

const copy = ({ host, port }: RedisNode) => ({ host, port });
