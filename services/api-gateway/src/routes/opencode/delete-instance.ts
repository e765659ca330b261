import { deleteInstance } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { findInstance } from "./find-instance.ts";

export const deleteInstanceRoute = answering(deleteInstance)(async (services, { params, principal }) => {
  const { id } = await findInstance(services, principal, "instance:delete", params.instance_id);
  await services.instances.delete(id);
  return { status: 204, body: undefined };
});
