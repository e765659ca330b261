import { authorizeGrants } from "@drover/access";
import { createKey } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

export const createKeyRoute = answering(createKey)(async (services, { body, principal }) => {
  authorizeGrants(principal, body.roles);
  return { status: 201, body: await services.authentication.keys.create(body, principal) };
});
