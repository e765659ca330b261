/** Walks through all keys of a shard, named without its prefix: how what no index knows of is found. */
import type { Walk } from "../walk.ts";

export const scanned: Walk = async (store, shard, cursor, limit) => {
  const [next, keys] = await store.redis.scan(
    cursor === "" ? "0" : cursor,
    "MATCH",
    `${shard.prefix}:*`,
    "COUNT",
    limit,
  );
  return { ids: keys.map((key) => key.slice(shard.prefix.length + 1)), cursor: next === "0" ? "" : next };
};
