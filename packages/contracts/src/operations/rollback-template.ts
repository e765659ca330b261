import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { template } from "../template.ts";
import { organizationQuery, templateParams } from "./get-template.ts";

export const rollbackTemplate = defineOperation({
  id: "rollback_template",
  method: "post",
  path: `${basePath}/agentzero/templates/{template_name}/rollback`,
  summary: "Make a version of a template the current one",
  tag: "Templates",
  requires: "template:update",
  params: templateParams,
  query: organizationQuery,
  body: z.strictObject({ version: z.number().int().min(1).max(999_999_999) }),
  responses: { 200: { description: "The template with the version that is now current.", schema: template } },
});
