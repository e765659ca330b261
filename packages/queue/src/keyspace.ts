/**
 * Every Redis key that Drover writes, made in one place.
 *
 * All keys of an organization live under the hash tag of its shard, BullMQ's prefix included, so that flows, scripts and
 * transactions work unchanged on a Redis Cluster. Organizations spread over the shards by a hash of their name.
 */
import { createHash } from "node:crypto";
import { Shard } from "./shard.ts";

/** The shards, and which one an organization lives on. */
export class Keyspace {
  readonly shards: readonly Shard[];

  constructor(shardCount: number) {
    this.shards = Array.from({ length: shardCount }, (_, number) => new Shard(number));
  }

  shardOf(organizationId: string): Shard {
    const hash = createHash("sha256").update(organizationId).digest().readUInt32BE(0);
    const shard = this.shards[hash % this.shards.length];
    if (shard === undefined) throw new Error("a keyspace needs at least one shard");
    return shard;
  }

  /** The shard for what belongs to the whole site: registry, keys, limits. */
  get site(): Shard {
    const [first] = this.shards;
    if (first === undefined) throw new Error("a keyspace needs at least one shard");
    return first;
  }
}
