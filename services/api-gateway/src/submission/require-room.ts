/**
 * Refuses a run of an organization or workspace that has as much queued as it may. The steps of a run that was admitted are
 * never refused, so a run counts here once, before any of them.
 */
import { DroverError } from "@drover/errors";
import { drainMs, finishedPerMinute, type QuotaScope } from "@drover/queue";
import type { Services } from "../services.ts";

/**
 * @param agents of its steps
 * @throws DroverError quota_exceeded
 */
export async function requireRoom(
  { quotas, store }: Services,
  tenant: QuotaScope,
  agents: Iterable<string>,
): Promise<void> {
  const scopes = [{ ...tenant, workspaceId: null }, ...(tenant.workspaceId === null ? [] : [tenant])];
  for (const scope of scopes) {
    const { queued_max: most, usage } = await quotas.find(scope);
    if (most === null || usage.queued < most) continue;
    const shard = store.keyspace.shardOf(scope.organizationId);
    let perMinute = 0;
    for (const agent of new Set(agents)) perMinute += await finishedPerMinute(store, shard, agent);
    const { organizationId, workspaceId } = scope;
    const whose = workspaceId === null ? organizationId : `${organizationId}/${workspaceId}`;
    throw new DroverError("quota_exceeded", {
      detail: `${whose}: ${usage.queued} of ${most} queued tasks.`,
      retryAfterMs: drainMs(usage.queued - most + 1, perMinute),
    });
  }
}
