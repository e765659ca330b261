import { basePath, defineOperation } from "../define-operation.ts";
import { organizationQuery, templateParams } from "./get-template.ts";

export const deleteTemplate = defineOperation({
  id: "delete_template",
  method: "delete",
  path: `${basePath}/agentzero/templates/{template_name}`,
  summary: "Delete a template with all its versions",
  description: "Runs of it go on. A template of that name made within 90 days goes on with the numbers.",
  tag: "Templates",
  requires: "template:delete",
  params: templateParams,
  query: organizationQuery,
  responses: { 204: { description: "Deleted.", schema: undefined } },
});
