/**
 * A workspace has one slot. The claim of a task takes it, and whatever ends the attempt gives it back, each in one script
 * with the change of the task. While the task runs its worker renews the lease, which bounds what a dead holder can block.
 */

import { script } from "./scripts/script-runner.ts";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";

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

/** @returns whether the task still has the workspace */
export async function renewSlot(
  store: Store,
  address: SlotAddress,
  taskId: string,
  leaseMs: number,
): Promise<boolean> {
  const slot = address.shard.slot(address.organizationId, address.workspaceId);
  return (await store.scripts.run(renewScript, [slot], [taskId, leaseMs])) === 1;
}
