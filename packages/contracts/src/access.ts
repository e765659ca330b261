/** Who is calling and what they may do. */
import { z } from "zod";
import { idSchema } from "./ids.ts";
import { organizationId, timestamp, workspaceId } from "./names.ts";

/** Every permission that an operation can ask for. */
export const permissions = [
  "task:create",
  "task:read",
  "task:update",
  "workflow:create",
  "workflow:read",
  "workflow:update",
  "template:create",
  "template:read",
  "template:update",
  "template:delete",
  "schedule:read",
  "schedule:update",
  "schedule:delete",
  "registry:read",
  "instance:create",
  "instance:read",
  "instance:update",
  "instance:delete",
  "instance:trust",
  "queue:read",
  "queue:update",
  "dead_letter:read",
  "dead_letter:update",
  "invariants:read",
  "approval:read",
  "approval:update",
  "quota:read",
  "quota:update",
  "usage:read",
  "key:create",
  "key:read",
  "key:delete",
] as const;
export const permission = z.enum(permissions);
export type Permission = z.infer<typeof permission>;

export const roleNames = ["owner", "member", "viewer"] as const;
export const roleName = z.enum(roleNames);
export type RoleName = z.infer<typeof roleName>;

/** A role in a scope: the whole site, one organization, or one workspace of it. */
export const roleGrant = z
  .strictObject({
    role: roleName,
    organization_id: organizationId.optional(),
    workspace_id: workspaceId.optional(),
  })
  .refine((grant) => grant.workspace_id === undefined || grant.organization_id !== undefined, {
    path: ["organization_id"],
    message: "is required beside workspace_id",
  });
export type RoleGrant = z.infer<typeof roleGrant>;

export const apiKey = z.object({
  id: idSchema("key"),
  name: z.string(),
  roles: z.array(roleGrant),
  created_by: z.string(),
  created_at: timestamp,
  expires_at: timestamp.nullable(),
});
export type ApiKey = z.infer<typeof apiKey>;

export const apiKeyCreation = z.strictObject({
  name: z.string().min(1).max(128),
  roles: z.array(roleGrant).min(1, "must grant at least one role").max(64),
  expires_in_seconds: z.number().int().min(1).max(315_360_000).optional(),
});
export type ApiKeyCreation = z.infer<typeof apiKeyCreation>;

/** The answer to a creation: the only time that the key itself is shown. */
export const createdApiKey = apiKey.extend({ key: z.string() });
export type CreatedApiKey = z.infer<typeof createdApiKey>;

export const principal = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(["service", "user", "workspace"]),
  roles: z.array(roleGrant),
  /** What the roles come to, per scope. */
  permissions: z.array(
    z.object({
      organization_id: z.string().nullable(),
      workspace_id: z.string().nullable(),
      permissions: z.array(permission),
    }),
  ),
});
export type PrincipalView = z.infer<typeof principal>;
