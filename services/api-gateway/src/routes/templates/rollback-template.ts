import { rollbackTemplate } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { findTemplate } from "./find-template.ts";

export const rollbackTemplateRoute = answering(rollbackTemplate)(
  async (services, { principal, body, ...request }) => {
    const template = await findTemplate(services, principal, "template:update", request);
    const { organization_id: organizationId, name } = template;
    const back = await services.templates.rollback(organizationId, name, body.version, principal.id);
    return { status: 200, body: back };
  },
);
