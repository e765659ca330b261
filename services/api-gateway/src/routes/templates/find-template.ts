/** The template of a request, if its caller may do what it asks for. Whoever works in an organization may read its templates. */
import { authorize, isAllowedWithin, organizationFor, type Principal } from "@drover/access";
import { type Permission, type Template, templateName } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import type { Services } from "../../services.ts";

export interface TemplateRequest {
  readonly params: { readonly template_name: string };
  readonly query: { readonly organization_id?: string | undefined };
}

/**
 * @param version absent: the current one
 * @throws DroverError not_found, forbidden
 */
export async function findTemplate(
  services: Services,
  principal: Principal,
  permission: Permission,
  { params, query }: TemplateRequest,
  version?: number,
): Promise<Template> {
  const organizationId = organizationFor(principal, query.organization_id);
  const readable =
    isAllowedWithin(principal, "template:read", organizationId) &&
    templateName.safeParse(params.template_name).success;
  const found = readable
    ? await services.templates.find(organizationId, params.template_name, version)
    : null;
  if (found === null) throw new DroverError("not_found");
  if (permission !== "template:read") authorize(principal, permission, { organizationId });
  return found;
}
