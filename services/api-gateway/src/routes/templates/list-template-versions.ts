import { listTemplateVersions } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { findTemplate } from "./find-template.ts";

export const listTemplateVersionsRoute = answering(listTemplateVersions)(
  async (services, { principal, ...request }) => {
    const template = await findTemplate(services, principal, "template:read", request);
    const versions = (await services.templates.versions(template.organization_id, template.name)) ?? [];
    return { status: 200, body: { versions, count: versions.length } };
  },
);
