import { authorize } from "@drover/access";
import { setWorkspaceQuota } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

/** An organization shares out among its workspaces what it has. */
export const setWorkspaceQuotaRoute = answering(setWorkspaceQuota)(
  async ({ quotas }, { body, params, principal }) => {
    const scope = { organizationId: params.organization_id, workspaceId: params.workspace_id };
    authorize(principal, "quota:update", { organizationId: scope.organizationId });
    return { status: 200, body: await quotas.set(scope, body) };
  },
);
