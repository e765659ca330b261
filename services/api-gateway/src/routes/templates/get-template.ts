import { getTemplate } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { findTemplate } from "./find-template.ts";

export const getTemplateRoute = answering(getTemplate)(async (services, { principal, ...request }) => ({
  status: 200,
  body: await findTemplate(services, principal, "template:read", request, request.query.version),
}));
