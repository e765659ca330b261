/** What a list may show to a principal: everything, whole organizations, or single workspaces. */
import type { Permission } from "@drover/contracts";
import { isAllowed } from "./authorize.ts";
import type { Principal } from "./principal.ts";
import { rolePermissions } from "./role-permissions.ts";

/** One part of what is visible. The parts of a principal do not overlap. */
export interface VisibleScope {
  readonly organizations: "all" | readonly string[];
  /** Set: only this workspace of the one organization. */
  readonly workspaceId: string | null;
}

/** An empty list: nothing is visible. */
export function visibleScopes(principal: Principal, permission: Permission): VisibleScope[] {
  const grants = principal.roles.filter((grant) => rolePermissions[grant.role].has(permission));
  if (grants.some((grant) => grant.organization_id === undefined)) {
    return [{ organizations: "all", workspaceId: null }];
  }
  const organizations = new Set<string>();
  const workspaces = new Map<string, VisibleScope>();
  for (const { organization_id: organizationId, workspace_id: workspaceId } of grants) {
    if (organizationId === undefined) continue;
    if (workspaceId === undefined) organizations.add(organizationId);
    else if (!isAllowed(principal, permission, { organizationId })) {
      workspaces.set(`${organizationId}/${workspaceId}`, { organizations: [organizationId], workspaceId });
    }
  }
  const whole: VisibleScope[] =
    organizations.size === 0 ? [] : [{ organizations: [...organizations], workspaceId: null }];
  return [...whole, ...workspaces.values()];
}

/**
 * Narrows `scopes` by what a search asks for, so that no list is read in vain.
 * @param asked the organization and workspace of a search, if any
 */
export function narrowScopes(
  scopes: readonly VisibleScope[],
  asked: { readonly organization?: string | undefined; readonly workspace?: string | undefined },
): VisibleScope[] {
  return scopes.flatMap((scope) => {
    const { organization, workspace } = asked;
    if (workspace !== undefined && scope.workspaceId !== null && scope.workspaceId !== workspace) return [];
    const workspaceId = scope.workspaceId ?? workspace ?? null;
    if (organization === undefined) return [{ organizations: scope.organizations, workspaceId }];
    const visible = scope.organizations === "all" || scope.organizations.includes(organization);
    return visible ? [{ organizations: [organization], workspaceId }] : [];
  });
}

/**
 * The organization that a submission belongs to: the one it names, else the principal's only one, else `default`.
 */
export function organizationFor(principal: Principal, named: string | undefined): string {
  if (named !== undefined) return named;
  const own = new Set(principal.roles.map((grant) => grant.organization_id));
  const [only] = own;
  return own.size === 1 && only !== undefined ? only : "default";
}
