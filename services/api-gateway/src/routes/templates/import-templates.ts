import { authorize, organizationFor } from "@drover/access";
import { importTemplates } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { checkTemplates } from "../../submission/check-templates.ts";

export const importTemplatesRoute = answering(importTemplates)(async (services, { body, principal, ids }) => {
  const organizationId = organizationFor(principal, body.organization_id);
  authorize(principal, "template:create", { organizationId });
  await checkTemplates(services, body.templates, (position) => `templates[${position}]`);
  const dryRun = body.dry_run === true;
  const templates = body.templates.map((definition) => ({
    id: ids.make("template", definition.name),
    definition,
  }));
  const outcomes = await services.templates.put(organizationId, principal.id, templates, { dryRun });
  return { status: 200, body: { dry_run: dryRun, templates: outcomes } };
});
