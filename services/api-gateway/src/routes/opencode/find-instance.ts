/** The instance of a request, if its caller may do what it asks for. */
import { authorizeResource, type Principal } from "@drover/access";
import { type Instance, idSchema, type Permission } from "@drover/contracts";
import type { Services } from "../../services.ts";

const instanceId = idSchema("instance");

/** @throws DroverError not_found, forbidden */
export async function findInstance(
  services: Services,
  principal: Principal,
  permission: Permission,
  id: string,
): Promise<Instance> {
  const instance = instanceId.safeParse(id).success ? await services.instances.find(id) : null;
  return authorizeResource(principal, permission, instance, (found) => ({
    organizationId: found.organization_id,
    workspaceId: found.workspace_id,
  }));
}
