/** Who may decide an approval that names its approvers. */
import { roleName } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { holdsRole, type Scope } from "./authorize.ts";
import type { Principal } from "./principal.ts";

/**
 * An approver is a principal by its id, or a role by its name: then whoever has that role there. Being named does not stand
 * in for the permission to decide approvals, and having the permission does not stand in for being named.
 * @param approvers null: whoever has the permission
 * @throws DroverError forbidden
 */
export function requireApprover(
  principal: Principal,
  approvers: readonly string[] | null,
  scope: Scope,
): void {
  if (approvers === null || approvers.some((approver) => isApprover(principal, approver, scope))) return;
  throw new DroverError("forbidden", { detail: `Only these may decide it: ${approvers.join(", ")}.` });
}

function isApprover(principal: Principal, approver: string, scope: Scope): boolean {
  if (approver === principal.id) return true;
  const role = roleName.safeParse(approver);
  return role.success && holdsRole(principal, role.data, scope);
}
