import { basePath, defineOperation } from "../define-operation.ts";
import { templateDiff } from "../template.ts";
import { organizationQuery, templateParams, versionNumber } from "./get-template.ts";

export const diffTemplate = defineOperation({
  id: "diff_template",
  method: "get",
  path: `${basePath}/agentzero/templates/{template_name}/diff`,
  summary: "Compare two versions of a template",
  tag: "Templates",
  requires: "template:read",
  params: templateParams,
  query: organizationQuery.extend({
    from: versionNumber,
    to: versionNumber.optional().describe("Default: the current version."),
  }),
  responses: { 200: { description: "What differs.", schema: templateDiff } },
});
