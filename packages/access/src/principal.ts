/** Who is calling, as the rest of Drover sees it, and as `GET /me` shows it. */
import type { PrincipalView, RoleGrant } from "@drover/contracts";
import { rolePermissions } from "./role-permissions.ts";

export interface Principal {
  /** Id of the key that it called with. */
  readonly id: string;
  readonly name: string;
  readonly kind: PrincipalView["kind"];
  readonly roles: readonly RoleGrant[];
  /** RFC 3339; null: its credential does not expire. */
  readonly expiresAt: string | null;
}

/** The principal with what its roles come to, per scope. */
export function principalView(principal: Principal): PrincipalView {
  const scopes = new Map<string, PrincipalView["permissions"][number]>();
  for (const grant of principal.roles) {
    const scope = {
      organization_id: grant.organization_id ?? null,
      workspace_id: grant.workspace_id ?? null,
    };
    const key = JSON.stringify(scope);
    const held = new Set([...(scopes.get(key)?.permissions ?? []), ...rolePermissions[grant.role]]);
    scopes.set(key, { ...scope, permissions: [...held].sort() });
  }
  return {
    id: principal.id,
    name: principal.name,
    kind: principal.kind,
    roles: [...principal.roles],
    permissions: [...scopes.values()],
  };
}
