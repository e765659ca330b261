import { coversGrants } from "@drover/access";
import { deleteKey } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { answering } from "../../routing/route.ts";

export const deleteKeyRoute = answering(deleteKey)(async (services, { params, principal }) => {
  const { keys } = services.authentication;
  const key = await keys.find(params.key_id);
  // Whoever may read a key may also revoke it, so what is out of reach does not exist.
  if (key === null || !coversGrants(principal, "key:delete", key.roles)) throw new DroverError("not_found");
  await keys.delete(key.id);
  return { status: 204, body: undefined };
});
