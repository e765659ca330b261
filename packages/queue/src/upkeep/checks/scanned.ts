/** Walks through all keys of a shard, named without its prefix: how what no index knows of is found. */

import { z } from "zod";
import { repliesOf } from "../../replies-of.ts";
import type { Walk } from "../walk.ts";

const scanReply = z.tuple([z.string(), z.array(z.string())]);

export const scanned: Walk = async (store, shard, cursor, limit) => {
  // A scan names no key, so on a Cluster it would go to any server; beside a command that does, it goes to the shard's.
  const [, reply] = await repliesOf(
    store.redis
      .pipeline()
      .exists(shard.organizations())
      .scan(cursor === "" ? "0" : cursor, "MATCH", `${shard.prefix}:*`, "COUNT", limit),
  );
  const [next, keys] = scanReply.parse(reply);
  return { ids: keys.map((key) => key.slice(shard.prefix.length + 1)), cursor: next === "0" ? "" : next };
};
