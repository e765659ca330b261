import { deleteTemplate } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { answering } from "../../routing/route.ts";
import { findTemplate } from "./find-template.ts";

export const deleteTemplateRoute = answering(deleteTemplate)(async (services, { principal, ...request }) => {
  const template = await findTemplate(services, principal, "template:delete", request);
  const deleted = await services.templates.delete(template.organization_id, template.name);
  if (!deleted) throw new DroverError("not_found");
  return { status: 204, body: undefined };
});
