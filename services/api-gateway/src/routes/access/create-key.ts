import { authorizeGrants } from "@drover/access";
import { createKey } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

export const createKeyRoute = answering(createKey)(async (services, { body, principal, ids }) => {
  authorizeGrants(principal, body.roles);
  const material = { id: ids.make("key", "key"), secret: ids.secret("key") };
  return { status: 201, body: await services.authentication.keys.create(body, principal, material) };
});
