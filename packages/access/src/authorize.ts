/**
 * Whether a principal may do something somewhere.
 *
 * Semantics:
 * - A grant for the site covers everything; a grant for an organization covers it and its workspaces; a grant for a
 *   workspace covers that workspace only. A scope without an organization is the site's and needs a grant for the site.
 * - What a principal may not read does not exist for it: 404 with the body of a missing resource. What it may read but not
 *   change is a 403.
 */
import type { Permission, RoleGrant, RoleName } from "@drover/contracts";
import { permission as permissionSchema } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import type { Principal } from "./principal.ts";
import { rolePermissions } from "./role-permissions.ts";

/** Where something is to be done; nothing at all: the site. */
export interface Scope {
  readonly organizationId?: string | undefined;
  /** Null or absent: the organization itself. */
  readonly workspaceId?: string | null | undefined;
}

function covers(grant: RoleGrant, scope: Scope): boolean {
  if (grant.organization_id === undefined) return true;
  if (grant.organization_id !== scope.organizationId) return false;
  return grant.workspace_id === undefined || grant.workspace_id === scope.workspaceId;
}

/** Whether some role of the principal holds `permission` in `scope`. */
export function isAllowed(principal: Principal, permission: Permission, scope: Scope): boolean {
  return principal.roles.some((grant) => rolePermissions[grant.role].has(permission) && covers(grant, scope));
}

/** Whether the principal has this very role in `scope`. */
export function holdsRole(principal: Principal, role: RoleName, scope: Scope): boolean {
  return principal.roles.some((grant) => grant.role === role && covers(grant, scope));
}

/** Whether the principal holds `permission` anywhere at all. */
export function isAllowedSomewhere(principal: Principal, permission: Permission): boolean {
  return principal.roles.some((grant) => rolePermissions[grant.role].has(permission));
}

/**
 * Whether the principal holds `permission` for an organization or for any workspace of it: what an organization shares, such
 * as its templates, is there for all who work in it.
 */
export function isAllowedWithin(
  principal: Principal,
  permission: Permission,
  organizationId: string,
): boolean {
  return principal.roles.some(
    (grant) =>
      rolePermissions[grant.role].has(permission) &&
      (grant.organization_id === undefined || grant.organization_id === organizationId),
  );
}

/** @throws DroverError forbidden */
export function authorize(principal: Principal, permission: Permission, scope: Scope): void {
  if (isAllowed(principal, permission, scope)) return;
  throw new DroverError("forbidden", { detail: `This needs the permission ${permission} here.` });
}

/** The permission to read the kind of thing that `permission` is about: `task:update` → `task:read`. */
function readingOf(permission: Permission): Permission {
  return permissionSchema.parse(permission.replace(/:.*$/, ":read"));
}

/**
 * The resource, if the principal may do `permission` to it.
 * @throws DroverError not_found when there is none or it may not be read; forbidden when it may only be read
 */
export function authorizeResource<Resource>(
  principal: Principal,
  permission: Permission,
  resource: Resource | null,
  scopeOf: (resource: Resource) => Scope,
): Resource {
  if (resource === null) throw new DroverError("not_found");
  const scope = scopeOf(resource);
  if (!isAllowed(principal, readingOf(permission), scope)) throw new DroverError("not_found");
  authorize(principal, permission, scope);
  return resource;
}
