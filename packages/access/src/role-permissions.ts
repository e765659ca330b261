/**
 * Which permissions a role holds: one table, deny by default.
 *
 * A permission that is new in the contract belongs to nobody but the owner until it is written here.
 */
import { type Permission, permissions, type RoleName } from "@drover/contracts";

const viewer = [
  "task:read",
  "workflow:read",
  "template:read",
  "schedule:read",
  "registry:read",
  "instance:read",
  "queue:read",
  "dead_letter:read",
  "approval:read",
  "quota:read",
  "usage:read",
] as const satisfies readonly Permission[];

const member = [
  ...viewer,
  "task:create",
  "task:update",
  "workflow:create",
  "workflow:update",
  "template:create",
  "template:update",
  "template:delete",
  "schedule:update",
  "schedule:delete",
  "instance:create",
  "instance:update",
  "instance:delete",
  "approval:update",
] as const satisfies readonly Permission[];

export const rolePermissions: Readonly<Record<RoleName, ReadonlySet<Permission>>> = {
  viewer: new Set(viewer),
  member: new Set(member),
  owner: new Set(permissions),
};
