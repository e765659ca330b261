/** The dead letter of a request, if its caller may do what it asks for. */
import { authorizeResource, type Principal } from "@drover/access";
import { type DeadLetter, idSchema, type Permission } from "@drover/contracts";
import type { Services } from "../../services.ts";

const deadLetterId = idSchema("deadLetter");

/** @throws DroverError not_found, forbidden */
export async function findDeadLetter(
  services: Services,
  principal: Principal,
  permission: Permission,
  id: string,
): Promise<DeadLetter> {
  const letter = deadLetterId.safeParse(id).success ? await services.deadLetters.find(id) : null;
  return authorizeResource(principal, permission, letter, (found) => ({
    organizationId: found.organization_id,
    workspaceId: found.workspace_id,
  }));
}
