/** A real Redis with a replica, watched by Sentinels, for one test file; gone when the file is done. */
import { WatchedRedis } from "@drover/redis-server";
import { inScratch } from "./in-scratch.ts";

export interface TestWatchedRedis extends AsyncDisposable {
  /** As `REDIS_URL` takes it. */
  readonly url: string;
  readonly servers: WatchedRedis["servers"];
  /** Which server is the master now; undefined while the Sentinels are not of one mind. */
  master(): ReturnType<WatchedRedis["master"]>;
  /** Asks the Sentinels to make the replica the master. */
  failover(): Promise<boolean>;
  /** Stops it and removes its directory. */
  stop(): Promise<void>;
}

/** @throws RedisNotFound, RedisProgramNeeded */
export async function startWatchedRedis(): Promise<TestWatchedRedis> {
  const { part: watched, stop } = await inScratch((source, directory) =>
    WatchedRedis.start({ source, directory, replicas: 1, sentinels: 1 }),
  );
  return {
    url: watched.url,
    servers: watched.servers,
    master: () => watched.master(),
    failover: () => watched.failover(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
