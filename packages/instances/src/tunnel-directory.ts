/**
 * Which gateway replica holds the tunnel of an instance, and the token with which a worker may use it.
 *
 * The holder says so again and again; where it dies, the entry is gone after seconds. Of two tunnels of one instance the newer one
 * counts: each has an epoch, and an older one never overwrites a newer one. The token lies in Redis in the clear: who may read
 * Redis is the control plane.
 */
import { duringRedis } from "@drover/access";
import { type Store, script } from "@drover/queue";
import { z } from "zod";

/** Longer than two of its holder's refreshes are apart. */
const keptMs = 15_000;

/** How a worker reaches a tunnel. */
export interface TunnelPlace {
  /** Of the holder's internal endpoint, without a slash at the end. */
  readonly url: string;
  readonly token: string;
}

/** The clock makes epochs grow even where Redis has forgotten the last one. */
const claim = script(`
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call("HGET", KEYS[1], "epoch") or "0")
local epoch = string.format("%.0f", math.max(last + 1, now))
redis.call("HSET", KEYS[1], "url", ARGV[1], "token", ARGV[2], "epoch", epoch)
redis.call("PEXPIRE", KEYS[1], ARGV[3])
return epoch
`);

const keep = script(`
local last = tonumber(redis.call("HGET", KEYS[1], "epoch") or "0")
if last > tonumber(ARGV[4]) then return 0 end
redis.call("HSET", KEYS[1], "url", ARGV[1], "token", ARGV[2], "epoch", ARGV[4])
redis.call("PEXPIRE", KEYS[1], ARGV[3])
return 1
`);

const release = script(`
if redis.call("HGET", KEYS[1], "epoch") ~= ARGV[1] then return 0 end
return redis.call("DEL", KEYS[1])
`);

const entry = z.object({ url: z.url(), token: z.string().min(1) });

export class TunnelDirectory {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  #key(instanceId: string): string {
    return `${this.#store.keyspace.site.prefix}:tunnel:${instanceId}`;
  }

  /** From now on the tunnel is here; answers its epoch. */
  async claim(instanceId: string, { url, token }: TunnelPlace): Promise<string> {
    const run = () => this.#store.scripts.run(claim, [this.#key(instanceId)], [url, token, keptMs]);
    return z.string().parse(await duringRedis(run));
  }

  /** It is here still; false when a newer one has taken its place. */
  async keep(instanceId: string, { url, token }: TunnelPlace, epoch: string): Promise<boolean> {
    const run = () => this.#store.scripts.run(keep, [this.#key(instanceId)], [url, token, keptMs, epoch]);
    return (await duringRedis(run)) === 1;
  }

  /** It is gone. Says nothing of a newer one. */
  async release(instanceId: string, epoch: string): Promise<void> {
    await duringRedis(() => this.#store.scripts.run(release, [this.#key(instanceId)], [epoch]));
  }

  /** Null: no gateway holds a tunnel of this instance. */
  async find(instanceId: string): Promise<TunnelPlace | null> {
    const found = entry.safeParse(await duringRedis(() => this.#store.redis.hgetall(this.#key(instanceId))));
    return found.success ? found.data : null;
  }
}
