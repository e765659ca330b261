/** A real Redis for one test file: its own process, port and directory, gone when the file is done. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guardScratch, releaseScratch } from "@drover/processes";
import { findOwnRedis, type OwnRedisSource, RedisServer } from "@drover/redis-server";

export interface TestRedisOptions {
  /** Whether each write is on disk before it is acknowledged: for tests that kill it. Default: false, which is faster. */
  readonly appendOnly?: boolean;
}

export interface TestRedis extends AsyncDisposable {
  /** With the password in it. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  restart(): Promise<void>;
  /** SIGSTOP: it holds its connections and answers nothing, like a machine that swaps. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  /** Stops it and removes its directory. */
  stop(): Promise<void>;
}

let source: Promise<OwnRedisSource> | undefined;

/**
 * Starts one. It never uses `REDIS_URL`: tests flush and kill what they are given.
 * @throws RedisNotFound when there is neither a server program nor Docker on this machine
 */
export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  source ??= findOwnRedis({ environment: process.env, say: () => undefined, mayInstall: false });
  const directory = await mkdtemp(join(tmpdir(), "drover-redis-"));
  guardScratch(directory);
  const server = await RedisServer.start({
    source: await source,
    directory,
    appendOnly: options.appendOnly ?? false,
  });
  const stop = async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
    releaseScratch(directory);
  };
  return {
    get url() {
      return server.url;
    },
    get port() {
      return server.port;
    },
    get pid() {
      return server.pid;
    },
    kill: () => server.kill(),
    restart: () => server.restart(),
    freeze: () => server.signal("SIGSTOP"),
    thaw: () => server.signal("SIGCONT"),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
