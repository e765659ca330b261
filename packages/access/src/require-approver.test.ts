import { expect, test } from "vitest";
import type { Principal } from "./principal.ts";
import { requireApprover } from "./require-approver.ts";

const scope = { organizationId: "acme", workspaceId: "ws-1" };
const principal = (...roles: Principal["roles"]): Principal => ({
  id: "key_me",
  name: "me",
  kind: "service",
  roles,
  expiresAt: null,
});
const decides = (who: Principal, approvers: string[] | null) => () => requireApprover(who, approvers, scope);

test("without named approvers nobody is kept out here: the permission has been asked for", () => {
  expect(decides(principal(), null)).not.toThrow();
});

test("a named principal may decide, and so may whoever has a named role in that place", () => {
  expect(decides(principal(), ["key_other", "key_me"])).not.toThrow();
  expect(decides(principal({ role: "owner", organization_id: "acme" }), ["owner"])).not.toThrow();
});

test("who is not named may not, not even an owner of the site; nor does a role elsewhere count", () => {
  const forbidden = expect.objectContaining({ code: "forbidden" });
  expect(decides(principal({ role: "owner" }), ["key_other"])).toThrow(forbidden);
  expect(decides(principal({ role: "owner", organization_id: "globex" }), ["owner"])).toThrow(forbidden);
  expect(decides(principal({ role: "member", organization_id: "acme" }), ["owner"])).toThrow(forbidden);
});
