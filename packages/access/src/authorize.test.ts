import { type Permission, permissions, type RoleGrant } from "@drover/contracts";
import { describe, expect, test } from "vitest";
import { authorize, authorizeResource, isAllowed, isAllowedSomewhere } from "./authorize.ts";
import { authorizeGrants, coversGrants } from "./authorize-grant.ts";
import type { Principal } from "./principal.ts";
import { principalView } from "./principal.ts";
import { rolePermissions } from "./role-permissions.ts";
import { narrowScopes, organizationFor, visibleScopes } from "./visible-scopes.ts";

const principal = (...roles: RoleGrant[]): Principal => ({
  id: "key_1",
  name: "test",
  kind: "service",
  roles,
  expiresAt: null,
});
const site = principal({ role: "owner" });
const memberOfA = principal({ role: "member", organization_id: "a" });
const viewerOfA = principal({ role: "viewer", organization_id: "a" });
const memberOfWorkspace = principal({ role: "member", organization_id: "a", workspace_id: "ws-1" });
const nobody = principal();

describe("roles", () => {
  test("a viewer reads everything but keys and the site's accounts, and changes nothing", () => {
    const ownersOnly: Permission[] = ["key:read", "invariants:read"];
    const reading = permissions.filter((name) => name.endsWith(":read") && !ownersOnly.includes(name));
    expect([...rolePermissions.viewer].sort()).toEqual([...reading].sort());
  });

  test("a member can do all that a viewer can, and an owner everything", () => {
    for (const held of rolePermissions.viewer) expect(rolePermissions.member.has(held)).toBe(true);
    expect([...rolePermissions.owner].sort()).toEqual([...permissions].sort());
  });

  test("a member can neither handle keys nor queues nor dead letters", () => {
    const denied: Permission[] = [
      "key:create",
      "key:read",
      "key:delete",
      "queue:update",
      "dead_letter:update",
    ];
    for (const permission of denied) expect(rolePermissions.member.has(permission)).toBe(false);
  });

  test("what the roles come to is told per scope", () => {
    const view = principalView(
      principal({ role: "viewer", organization_id: "a" }, { role: "member", organization_id: "a" }),
    );
    expect(view.permissions).toHaveLength(1);
    expect(view.permissions[0]?.permissions).toContain("task:create");
  });
});

describe("scopes", () => {
  test("a grant covers its own scope and what lies within, nothing else", () => {
    expect(isAllowed(site, "task:create", { organizationId: "b", workspaceId: "ws-9" })).toBe(true);
    expect(isAllowed(memberOfA, "task:create", { organizationId: "a", workspaceId: "ws-9" })).toBe(true);
    expect(isAllowed(memberOfA, "task:create", { organizationId: "b" })).toBe(false);
    expect(isAllowed(memberOfA, "task:create", {})).toBe(false);
    const inWorkspace = { organizationId: "a", workspaceId: "ws-1" };
    expect(isAllowed(memberOfWorkspace, "task:create", inWorkspace)).toBe(true);
    expect(isAllowed(memberOfWorkspace, "task:create", { ...inWorkspace, workspaceId: "ws-2" })).toBe(false);
    expect(isAllowed(memberOfWorkspace, "task:create", { organizationId: "a" })).toBe(false);
    expect(isAllowed(memberOfWorkspace, "task:create", { organizationId: "b", workspaceId: "ws-1" })).toBe(
      false,
    );
  });

  test("nothing is allowed without a role", () => {
    for (const permission of permissions) {
      expect(isAllowed(nobody, permission, {})).toBe(false);
      expect(isAllowedSomewhere(nobody, permission)).toBe(false);
    }
    expect(visibleScopes(nobody, "task:read")).toEqual([]);
  });

  test("what may not be read is not found, exactly as what does not exist", () => {
    const read = (caller: Principal, resource: { org: string } | null) => () =>
      authorizeResource(caller, "task:update", resource, ({ org }) => ({ organizationId: org }));
    const missing = expect.objectContaining({ code: "not_found", detail: undefined });
    expect(read(memberOfA, null)).toThrow(missing);
    expect(read(memberOfA, { org: "b" })).toThrow(missing);
    expect(read(viewerOfA, { org: "a" })).toThrow(expect.objectContaining({ code: "forbidden" }));
    expect(read(memberOfA, { org: "a" })()).toEqual({ org: "a" });
    expect(() => authorize(viewerOfA, "task:create", { organizationId: "a" })).toThrow(
      expect.objectContaining({ code: "forbidden" }),
    );
  });

  test("lists show whole organizations, and of others only the granted workspaces", () => {
    expect(visibleScopes(site, "task:read")).toEqual([{ organizations: "all", workspaceId: null }]);
    const mixed = principal(
      { role: "viewer", organization_id: "a" },
      { role: "viewer", organization_id: "a", workspace_id: "ws-1" },
      { role: "member", organization_id: "b", workspace_id: "ws-2" },
    );
    const scopes = visibleScopes(mixed, "task:read");
    expect(scopes).toEqual([
      { organizations: ["a"], workspaceId: null },
      { organizations: ["b"], workspaceId: "ws-2" },
    ]);
    expect(narrowScopes(scopes, { organization: "b" })).toEqual([
      { organizations: ["b"], workspaceId: "ws-2" },
    ]);
    expect(narrowScopes(scopes, { workspace: "ws-1" })).toEqual([
      { organizations: ["a"], workspaceId: "ws-1" },
    ]);
    expect(narrowScopes(scopes, { organization: "c" })).toEqual([]);
  });

  test("a submission belongs to the organization it names, else to the caller's only one, else to default", () => {
    expect(organizationFor(memberOfA, "b")).toBe("b");
    expect(organizationFor(memberOfWorkspace, undefined)).toBe("a");
    expect(organizationFor(site, undefined)).toBe("default");
    const ofTwo = principal(
      { role: "viewer", organization_id: "a" },
      { role: "viewer", organization_id: "b" },
    );
    expect(organizationFor(ofTwo, undefined)).toBe("default");
  });
});

describe("granting", () => {
  const ownerOfA = principal({ role: "owner", organization_id: "a" });

  test("nobody grants more than they hold", () => {
    const grant = (caller: Principal, role: RoleGrant) => () => authorizeGrants(caller, [role]);
    const forbidden = expect.objectContaining({ code: "forbidden" });
    expect(grant(ownerOfA, { role: "owner" })).toThrow(forbidden);
    expect(grant(ownerOfA, { role: "viewer", organization_id: "b" })).toThrow(forbidden);
    expect(grant(memberOfA, { role: "viewer", organization_id: "a" })).toThrow(forbidden);
    expect(grant(ownerOfA, { role: "owner", organization_id: "a" })).not.toThrow();
    expect(grant(ownerOfA, { role: "member", organization_id: "a", workspace_id: "ws-1" })).not.toThrow();
    expect(grant(site, { role: "owner" })).not.toThrow();
  });

  test("a key is handled only by who covers everything that it grants", () => {
    const wide: RoleGrant[] = [{ role: "viewer", organization_id: "a" }, { role: "viewer" }];
    expect(coversGrants(ownerOfA, "key:delete", wide)).toBe(false);
    expect(coversGrants(site, "key:delete", wide)).toBe(true);
  });
});
