/** The organizations of which a caller may see what they share: those it has a role in, or in any workspace of. */
import { narrowScopes, type Principal, visibleScopes } from "@drover/access";
import type { Permission } from "@drover/contracts";
import type { Visible } from "@drover/queue";

/** @param asked the organization of a search, if any */
export function visibleOrganizations(
  principal: Principal,
  permission: Permission,
  asked: string | undefined,
): Visible {
  const scopes = narrowScopes(visibleScopes(principal, permission), { organization: asked });
  if (scopes.some(({ organizations }) => organizations === "all")) return "all";
  return [...new Set(scopes.flatMap(({ organizations }) => organizations))];
}
