import { basePath, defineOperation } from "../define-operation.ts";
import { listOf, listQuery } from "../list-query.ts";
import { templateSummary } from "../template.ts";

/** Keys of `q` when listing templates. */
export const templateSearchKeys = ["name", "organization"] as const;

export const listTemplates = defineOperation({
  id: "list_templates",
  method: "get",
  path: `${basePath}/agentzero/templates`,
  summary: "List templates, newest first, without their definitions",
  description: `Terms of q: ${templateSearchKeys.join(", ")}.`,
  tag: "Templates",
  requires: "template:read",
  query: listQuery,
  responses: { 200: { description: "Templates.", schema: listOf("templates", templateSummary) } },
});
