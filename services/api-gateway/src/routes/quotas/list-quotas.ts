import { visibleScopes } from "@drover/access";
import { listQuotas, type Quota } from "@drover/contracts";
import type { QuotaScope } from "@drover/queue";
import { answering } from "../../routing/route.ts";

const keyOf = (quota: Quota) => `${quota.organization_id}/${quota.workspace_id ?? ""}`;

export const listQuotasRoute = answering(listQuotas)(async ({ quotas }, { principal }) => {
  const found = new Map<string, Quota>();
  const add = (quota: Quota) => found.set(keyOf(quota), quota);
  for (const { organizations, workspaceId } of visibleScopes(principal, "quota:read")) {
    const set = await quotas.list(organizations);
    set.filter((quota) => workspaceId === null || quota.workspace_id === workspaceId).forEach(add);
    // Their own, although nothing was set for them: what is used, and what holds.
    const own: QuotaScope[] =
      organizations === "all" ? [] : organizations.map((organizationId) => ({ organizationId, workspaceId }));
    for (const scope of own) add(await quotas.find(scope));
  }
  const sorted = [...found.values()].sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
  return { status: 200, body: { quotas: sorted, count: sorted.length, defaults: await quotas.defaults() } };
});
