import { authorize, organizationFor } from "@drover/access";
import { basePath, createTemplate } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { answering } from "../../routing/route.ts";
import { checkTemplates } from "../../submission/check-templates.ts";

export const createTemplateRoute = answering(createTemplate)(async (services, { body, principal, ids }) => {
  const { organization_id: named, ...definition } = body;
  const organizationId = organizationFor(principal, named);
  authorize(principal, "template:create", { organizationId });
  await checkTemplates(services, [definition], () => "");
  const id = ids.make("template", "template");
  const [made] = await services.templates.put(organizationId, principal.id, [{ id, definition }]);
  const template = await services.templates.find(organizationId, definition.name, made?.version);
  if (template === null)
    throw new DroverError("conflict", { detail: "The template was deleted in the meantime." });
  const headers = { Location: `${basePath}/agentzero/templates/${template.name}` };
  return { status: 201, body: template, headers };
});
