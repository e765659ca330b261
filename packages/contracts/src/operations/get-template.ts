import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { organizationId } from "../names.ts";
import { template } from "../template.ts";

/** What is no template's name names no template. */
export const templateParams = z.object({ template_name: z.string().max(128) });

/** Names are of one organization: the one named, else the caller's only one, else `default`. */
export const organizationQuery = z.object({ organization_id: organizationId.optional() });

export const versionNumber = z.coerce.number().int().min(1).max(999_999_999);

export const getTemplate = defineOperation({
  id: "get_template",
  method: "get",
  path: `${basePath}/agentzero/templates/{template_name}`,
  summary: "Read a template: its current version, or the one asked for",
  tag: "Templates",
  requires: "template:read",
  params: templateParams,
  query: organizationQuery.extend({ version: versionNumber.optional() }),
  responses: { 200: { description: "The template.", schema: template } },
});
