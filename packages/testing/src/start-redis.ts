/** A real Redis for one test file: its own process, port and directory, gone when the file is done. */
import { RedisServer } from "@drover/redis-server";
import { inScratch } from "./in-scratch.ts";

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

/**
 * Starts one. It never uses `REDIS_URL`: tests flush and kill what they are given.
 * @throws RedisNotFound when there is neither a server program nor Docker on this machine
 */
export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const { part: server, stop } = await inScratch((source, directory) =>
    RedisServer.start({ source, directory, appendOnly: options.appendOnly ?? false }),
  );
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
