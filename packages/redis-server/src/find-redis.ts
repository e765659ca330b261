/**
 * Finds a Redis, the least surprising first: the one that `REDIS_URL` names, a server program, a Docker engine, and last
 * the system's package manager. Each step that takes time or changes the machine is said.
 */
import { type Installation, installRedis } from "./install-redis.ts";
import { findRedisBinary } from "./redis-binary.ts";
import { findRedisImage } from "./redis-image.ts";
import type { Environment, OwnRedisSource, RedisSource, Say } from "./redis-source.ts";

/** No Redis can be had; the message says what to install. */
export class RedisNotFound extends Error {
  override readonly name = "RedisNotFound";
}

export interface FindOptions {
  readonly environment: Environment;
  readonly say: Say;
  /** Whether the package manager may be used. Default: true. */
  readonly mayInstall?: boolean;
}

/** @throws RedisNotFound */
export async function findRedis(options: FindOptions): Promise<RedisSource> {
  const url = options.environment["REDIS_URL"];
  if (url !== undefined && url !== "") return { kind: "address", url };
  return await findOwnRedis(options);
}

/**
 * As `findRedis`, and only what Drover runs by itself.
 * @throws RedisNotFound
 */
export async function findOwnRedis(options: FindOptions): Promise<OwnRedisSource> {
  const { environment, say } = options;
  const binary = await findRedisBinary(environment["PATH"], say);
  if (binary !== null) return { kind: "binary", path: binary };
  const image = await findRedisImage(environment, say);
  if (image !== null) return image;
  if (options.mayInstall === false) throw new RedisNotFound(explain(null));
  const installation = await installRedis(say);
  const installed = await findRedisBinary(environment["PATH"], say);
  if (installed !== null) return { kind: "binary", path: installed };
  throw new RedisNotFound(explain(installation));
}

function explain(installation: Installation | null): string {
  const lines = [
    "Drover needs a Redis and found none: neither REDIS_URL, nor a redis-server or valkey-server, nor Docker.",
  ];
  if (installation?.fault != null) lines.push(`Installing one failed:\n${installation.fault}`);
  lines.push(
    `What helps: ${installation?.hint ?? "install redis-server"}; or set REDIS_URL; or start Docker.`,
  );
  return lines.join("\n");
}
