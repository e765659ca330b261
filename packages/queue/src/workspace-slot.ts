/**
 * One task at a time in a workspace. Who finds it taken stands in line and is woken by whoever leaves, so waiting costs
 * nothing; a lease bounds what a dead holder can block.
 */
import { z } from "zod";
import type { Shard } from "./keyspace.ts";
import { script } from "./scripts/script-runner.ts";
import type { Store } from "./store.ts";

/** KEYS: slot, line · ARGV: task, leaseMs, nowMs → the holder */
const takeScript = script(`
local holder = redis.call('GET', KEYS[1])
if not holder or holder == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  redis.call('ZREM', KEYS[2], ARGV[1])
  return ARGV[1]
end
redis.call('ZADD', KEYS[2], 'NX', ARGV[3], ARGV[1])
redis.call('EXPIRE', KEYS[2], 86400)
return holder
`);

/** KEYS: slot, line · ARGV: task → the next in line, or '' */
const leaveScript = script(`
redis.call('ZREM', KEYS[2], ARGV[1])
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return '' end
redis.call('DEL', KEYS[1])
return redis.call('ZRANGE', KEYS[2], 0, 0)[1] or ''
`);

/** KEYS: slot · ARGV: task, leaseMs → 1 held, 0 lost */
const renewScript = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);

export interface SlotAddress {
  readonly shard: Shard;
  readonly organizationId: string;
  readonly workspaceId: string;
}

export class WorkspaceSlots {
  readonly #store: Store;
  readonly #leaseMs: number;

  constructor(store: Store, leaseMs: number) {
    this.#store = store;
    this.#leaseMs = leaseMs;
  }

  /** @returns null when the task has the workspace now, else the task that has it */
  async take(address: SlotAddress, taskId: string): Promise<string | null> {
    const holder = z
      .string()
      .parse(await this.#store.scripts.run(takeScript, keysOf(address), [taskId, this.#leaseMs, Date.now()]));
    return holder === taskId ? null : holder;
  }

  /** @returns whether the task still has the workspace */
  async renew(address: SlotAddress, taskId: string): Promise<boolean> {
    return (
      (await this.#store.scripts.run(renewScript, keysOf(address).slice(0, 1), [taskId, this.#leaseMs])) === 1
    );
  }

  /** Frees the workspace and wakes who is next in line. */
  async leave(address: SlotAddress, taskId: string, agent: string): Promise<void> {
    const next = z.string().parse(await this.#store.scripts.run(leaveScript, keysOf(address), [taskId]));
    if (next === "") return;
    const job = await this.#store.queue(address.shard, agent).getJob(next);
    // It may have been taken, cancelled or promoted in the meantime; if not, it looks by itself at the end of its delay.
    await job?.promote().catch(() => undefined);
  }
}

function keysOf({ shard, organizationId, workspaceId }: SlotAddress): [string, string] {
  return [shard.slot(organizationId, workspaceId), shard.slotLine(organizationId, workspaceId)];
}
