import { basePath, defineOperation, largeBodyBytesMax } from "../define-operation.ts";
import { organizationId } from "../names.ts";
import { template, templateDefinition } from "../template.ts";

export const createTemplate = defineOperation({
  id: "create_template",
  method: "post",
  path: `${basePath}/agentzero/templates`,
  summary: "Create a template, or the next version of it",
  description: "What is the same as the current version makes no new one: that version is answered.",
  tag: "Templates",
  requires: "template:create",
  body: templateDefinition.extend({ organization_id: organizationId.optional() }),
  bodyBytesMax: largeBodyBytesMax,
  idempotent: true,
  responses: {
    201: {
      description: "The template with the version that is now current.",
      schema: template,
      headers: { Location: "Where the template is found." },
    },
  },
  errors: ["conflict"],
});
