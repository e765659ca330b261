import { z } from "zod";
import { basePath, defineOperation, largeBodyBytesMax } from "../define-operation.ts";
import { templateImport, templateOutcome } from "../template.ts";

const templateImported = z.object({ dry_run: z.boolean(), templates: z.array(templateOutcome) });

export const importTemplates = defineOperation({
  id: "import_templates",
  method: "post",
  path: `${basePath}/agentzero/templates/import`,
  summary: "Create or update many templates, all of them or none",
  description: "Every one is checked as when it is created. With dry_run it answers what would change.",
  tag: "Templates",
  requires: "template:create",
  body: templateImport,
  bodyBytesMax: largeBodyBytesMax,
  idempotent: true,
  responses: { 200: { description: "What became of each.", schema: templateImported } },
  errors: ["conflict"],
});
