import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { organizationId } from "../names.ts";
import { quota, quotaLimits } from "../quota.ts";

export const setOrganizationQuota = defineOperation({
  id: "set_organization_quota",
  method: "put",
  path: `${basePath}/quotas/{organization_id}`,
  summary: "Set how much an organization may have at once",
  description: "Replaces all its limits: one that is absent is the deployment's default, null is no limit.",
  tag: "Quotas",
  requires: "quota:update",
  params: z.object({ organization_id: organizationId }),
  body: quotaLimits,
  responses: { 200: { description: "The quota.", schema: quota } },
});
