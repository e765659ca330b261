/** The Redis of a stack: somebody else's by its address, or our own, which is brought back when it dies by itself. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "@drover/config";
import { connect } from "@drover/queue";
import { findOwnRedis, findRedis, RedisServer, type RedisSource, type Say } from "@drover/redis-server";
import { backoffMs, serviceBackoff } from "../supervision/backoff.ts";
import { StackFailure } from "./stack-failure.ts";

export interface StackRedis extends AsyncDisposable {
  /** With the password in it. */
  readonly url: string;
  /** Where it comes from, in words. */
  readonly origin: string;
  /** Of the server; null when it is not ours. */
  readonly pid: number | null;
  /** SIGKILL; it stays down until `restart`. @throws Error when it is not ours */
  kill(): Promise<void>;
  /** Brings it back on the same port and data. @throws Error when it is not ours */
  restart(): Promise<void>;
  /** SIGSTOP or SIGCONT: a Redis that holds its connections and answers nothing. @throws Error when it is not ours */
  signal(signal: NodeJS.Signals): void;
}

export interface StackRedisOptions {
  readonly environment: Environment;
  /** Whether `REDIS_URL` counts; a demo and a test want one of their own. */
  readonly useAddress: boolean;
  readonly directory: string;
  readonly say: Say;
}

const externalDeadlineMs = 10_000;
const pollMs = 50;

/** @throws RedisNotFound, RedisStartFailed, StackFailure */
export async function startStackRedis(options: StackRedisOptions): Promise<StackRedis> {
  const find = options.useAddress ? findRedis : findOwnRedis;
  const source = await find({ environment: options.environment, say: options.say });
  return source.kind === "address" ? await foreignRedis(source.url) : await ownRedis(source, options);
}

async function foreignRedis(url: string): Promise<StackRedis> {
  if (!(await answersInTime(url, externalDeadlineMs))) {
    throw new StackFailure("The Redis at REDIS_URL does not answer. Check the address and the password.");
  }
  const refuse = () => {
    throw new Error("This Redis is not Drover's: it can neither be killed nor restarted.");
  };
  return {
    url,
    origin: "REDIS_URL",
    pid: null,
    kill: async () => refuse(),
    restart: async () => refuse(),
    signal: refuse,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Whatever kind of Redis it is. */
async function answersInTime(url: string, deadlineMs: number): Promise<boolean> {
  const redis = connect(url, "request", () => undefined);
  const endMs = Date.now() + deadlineMs;
  try {
    while (Date.now() < endMs) {
      const answered = await redis.ping().then(
        () => true,
        () => false,
      );
      if (answered) return true;
      await sleep(pollMs);
    }
    return false;
  } finally {
    redis.disconnect();
  }
}

async function ownRedis(
  source: Exclude<RedisSource, { kind: "address" }>,
  { directory, say }: StackRedisOptions,
): Promise<StackRedis> {
  const stopping = new AbortController();
  let failures = 0;
  const revive = async () => {
    while (!stopping.signal.aborted) {
      failures += 1;
      const waitMs = backoffMs(serviceBackoff, failures);
      say(`Redis ended by itself; it is started again in ${(waitMs / 1000).toFixed(1)} s`);
      await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      const back = await server.restart().then(
        () => true,
        () => false,
      );
      if (back) return;
    }
  };
  let revival = Promise.resolve();
  const server = await RedisServer.start({
    source,
    directory,
    onDeath: () => {
      revival = revive();
    },
  });
  return {
    url: server.url,
    origin: source.kind === "binary" ? source.path : `Docker image ${source.image}`,
    get pid() {
      return server.pid;
    },
    kill: () => server.kill(),
    restart: () => server.restart(),
    signal: (signal) => server.signal(signal),
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await revival;
      await server.stop();
    },
  };
}
