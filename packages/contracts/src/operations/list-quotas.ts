import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { listOf } from "../list-query.ts";
import { quota, quotaDefaults } from "../quota.ts";

export const listQuotas = defineOperation({
  id: "list_quotas",
  method: "get",
  path: `${basePath}/quotas`,
  summary: "Quotas, with what is used of them",
  description: "Those that were set, and those of the caller's own organizations and workspaces.",
  tag: "Quotas",
  requires: "quota:read",
  responses: {
    200: {
      description: "Quotas, and what holds for whoever has none of its own.",
      schema: z.object({ ...listOf("quotas", quota).shape, defaults: quotaDefaults }),
    },
  },
});
