/**
 * Refuses a run of an organization or workspace that has as much queued as it may, or that has used up its budget. The steps
 * of a run that was admitted are never refused, so a run counts here once, before any of them.
 */
import { stepAgentNamed } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { drainMs, finishedPerMinute } from "./drain-rate.ts";
import type { QuotaScope, Quotas } from "./quotas.ts";
import { describeBudget, renewsAtMs } from "./reached-budget.ts";
import type { Store } from "./store.ts";

/**
 * @param agents of its steps
 * @throws DroverError quota_exceeded
 */
export async function requireRoom(
  { quotas, store }: { readonly quotas: Quotas; readonly store: Store },
  tenant: QuotaScope,
  agents: Iterable<string>,
): Promise<void> {
  const scopes = [{ ...tenant, workspaceId: null }, ...(tenant.workspaceId === null ? [] : [tenant])];
  const names = new Set(agents);
  if ([...names].some((name) => stepAgentNamed(name)?.usesModel === true))
    await requireBudget(quotas, scopes);
  for (const scope of scopes) {
    const { queued_max: most, usage } = await quotas.find(scope);
    if (most === null || usage.queued < most) continue;
    const shard = store.keyspace.shardOf(scope.organizationId);
    let perMinute = 0;
    for (const agent of names) perMinute += await finishedPerMinute(store, shard, agent);
    const { organizationId, workspaceId } = scope;
    const whose = workspaceId === null ? organizationId : `${organizationId}/${workspaceId}`;
    throw new DroverError("quota_exceeded", {
      detail: `${whose}: ${usage.queued} of ${most} queued tasks.`,
      retryAfterMs: drainMs(usage.queued - most + 1, perMinute),
    });
  }
}

/** @throws DroverError quota_exceeded */
async function requireBudget(quotas: Quotas, scopes: readonly QuotaScope[]): Promise<void> {
  for (const scope of scopes) {
    const reached = await quotas.reachedBudget(scope);
    if (reached === null) continue;
    const nowMs = Date.now();
    throw new DroverError("quota_exceeded", {
      detail: describeBudget(reached, nowMs),
      retryAfterMs: renewsAtMs(reached.period, nowMs) - nowMs,
    });
  }
}
