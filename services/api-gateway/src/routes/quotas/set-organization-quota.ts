import { authorize } from "@drover/access";
import { setOrganizationQuota } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

/** What an organization may have is the site's to say: its own owners would say "everything". */
export const setOrganizationQuotaRoute = answering(setOrganizationQuota)(
  async ({ quotas }, { body, params, principal }) => {
    authorize(principal, "quota:update", {});
    const scope = { organizationId: params.organization_id, workspaceId: null };
    return { status: 200, body: await quotas.set(scope, body) };
  },
);
