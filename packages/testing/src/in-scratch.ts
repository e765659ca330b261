/** Starts some Redis in a directory of its own that is gone with it, however this process ends. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guardScratch, releaseScratch } from "@drover/processes";
import { findOwnRedis, type OwnRedisSource } from "@drover/redis-server";

let source: Promise<OwnRedisSource> | undefined;

/** It never uses `REDIS_URL`: tests flush and kill what they are given. @throws RedisNotFound */
export async function inScratch<Part extends AsyncDisposable>(
  start: (source: OwnRedisSource, directory: string) => Promise<Part>,
): Promise<{ readonly part: Part; readonly stop: () => Promise<void> }> {
  source ??= findOwnRedis({ environment: process.env, say: () => undefined, mayInstall: false });
  const directory = await mkdtemp(join(tmpdir(), "drover-redis-"));
  guardScratch(directory);
  const remove = async () => {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    releaseScratch(directory);
  };
  try {
    const part = await start(await source, directory);
    const stop = async () => {
      await part[Symbol.asyncDispose]();
      await remove();
    };
    return { part, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}
