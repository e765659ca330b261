import { basePath, defineOperation } from "../define-operation.ts";
import { listOf } from "../list-query.ts";
import { templateVersion } from "../template.ts";
import { organizationQuery, templateParams } from "./get-template.ts";

export const listTemplateVersions = defineOperation({
  id: "list_template_versions",
  method: "get",
  path: `${basePath}/agentzero/templates/{template_name}/versions`,
  summary: "List the versions of a template, newest first",
  tag: "Templates",
  requires: "template:read",
  params: templateParams,
  query: organizationQuery,
  responses: { 200: { description: "Versions.", schema: listOf("versions", templateVersion) } },
});
