/** Nobody hands out more than they have: what a new key may be granted, and whose keys a principal may see and revoke. */
import type { Permission, RoleGrant } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { isAllowed, type Scope } from "./authorize.ts";
import type { Principal } from "./principal.ts";
import { rolePermissions } from "./role-permissions.ts";

const scopeOf = (grant: RoleGrant): Scope => ({
  organizationId: grant.organization_id,
  workspaceId: grant.workspace_id,
});

/** @throws DroverError forbidden, naming the first role that goes beyond the principal's own rights */
export function authorizeGrants(principal: Principal, grants: readonly RoleGrant[]): void {
  for (const [position, grant] of grants.entries()) {
    const scope = scopeOf(grant);
    const needed: Permission[] = ["key:create", ...rolePermissions[grant.role]];
    const lacking = needed.find((permission) => !isAllowed(principal, permission, scope));
    if (lacking === undefined) continue;
    throw new DroverError("forbidden", {
      detail: `roles[${position}] grants ${lacking} where this key does not hold it.`,
    });
  }
}

/** Whether `permission` is held over every scope of a key, so that an organization's owner never touches a wider key. */
export function coversGrants(
  principal: Principal,
  permission: Permission,
  grants: readonly RoleGrant[],
): boolean {
  return grants.every((grant) => isAllowed(principal, permission, scopeOf(grant)));
}
