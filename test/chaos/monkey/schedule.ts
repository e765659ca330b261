/** What the monkey does, and when: it follows from the seed and from what there is to break. */
import { SeededRandom } from "../program/seeded-random.ts";

export type Blow =
  /** SIGKILL of a service; its supervisor starts it again. */
  | { readonly kind: "kill"; readonly service: string }
  /** SIGSTOP, and SIGCONT later: past the lock, so that it comes back to work that others have taken. */
  | { readonly kind: "freeze"; readonly service: string; readonly forMs: number }
  /** SIGKILL of a Redis, and its start on the same data later. */
  | { readonly kind: "killRedis"; readonly node: number; readonly downMs: number }
  | { readonly kind: "freezeRedis"; readonly node: number; readonly forMs: number }
  /** The connections of one service (or through one node's proxy) are reset. */
  | { readonly kind: "cut"; readonly proxy: number }
  | { readonly kind: "stall"; readonly proxy: number; readonly forMs: number }
  | { readonly kind: "slow"; readonly proxy: number; readonly delayMs: number; readonly forMs: number }
  /** Sentinel is asked to promote a replica. */
  | { readonly kind: "failover" }
  | { readonly kind: "pauseQueue"; readonly queue: string; readonly forMs: number };

export interface Scheduled {
  readonly atMs: number;
  readonly blow: Blow;
}

/** What there is to break. */
export interface Targets {
  readonly services: readonly string[];
  /** How many Redis servers may be killed. */
  readonly redisNodes: number;
  readonly proxies: number;
  readonly sentinel: boolean;
}

const pauseMs = { least: 5_000, most: 10_000 };
/** Locks last two seconds in a chaos run. */
const freezeMs = { least: 2_500, most: 5_000 };

export function schedule(seed: number, durationMs: number, targets: Targets): Scheduled[] {
  const random = new SeededRandom(seed, 2);
  const planned: Scheduled[] = [];
  for (let atMs = random.integer(2_000, pauseMs.least); atMs < durationMs; ) {
    planned.push({ atMs, blow: nextBlow(random, targets) });
    atMs += random.integer(pauseMs.least, pauseMs.most);
  }
  return planned;
}

function nextBlow(random: SeededRandom, targets: Targets): Blow {
  const proxied = targets.proxies > 0 ? 1 : 0;
  const kind = random.weighted({
    kill: 6,
    freeze: 3,
    killRedis: targets.redisNodes > 0 ? 3 : 0,
    freezeRedis: targets.redisNodes > 0 ? 1 : 0,
    cut: 2 * proxied,
    stall: 2 * proxied,
    slow: proxied,
    failover: targets.sentinel ? 3 : 0,
    pauseQueue: 1,
  });
  const forMs = random.integer(freezeMs.least, freezeMs.most);
  switch (kind) {
    case "kill":
      return { kind, service: random.pick(targets.services) };
    case "freeze":
      return { kind, service: random.pick(targets.services), forMs };
    case "killRedis":
      return { kind, node: random.integer(0, targets.redisNodes - 1), downMs: random.integer(0, 3_000) };
    case "freezeRedis":
      return { kind, node: random.integer(0, targets.redisNodes - 1), forMs };
    case "cut":
      return { kind, proxy: random.integer(0, targets.proxies - 1) };
    case "stall":
      return { kind, proxy: random.integer(0, targets.proxies - 1), forMs };
    case "slow":
      return {
        kind,
        proxy: random.integer(0, targets.proxies - 1),
        delayMs: random.integer(20, 200),
        forMs,
      };
    case "failover":
      return { kind };
    case "pauseQueue":
      return { kind, queue: random.pick(["diagnostics", "diagnostics", "workflow"]), forMs };
  }
}

/** As one line of a schedule, e.g. `12.3 s freeze {"service":"infra-worker","forMs":3100}`. */
export function describe({ atMs, blow: { kind, ...rest } }: Scheduled): string {
  return `${(atMs / 1000).toFixed(1)} s ${kind} ${JSON.stringify(rest)}`;
}
