import { apiKey, createdApiKey, listOf, principal } from "@drover/contracts";
import { eventually } from "@drover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, faultsOf, idOf, startBench } from "../../gateway.bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const make = (roles: unknown, more: object = {}) => ({ body: { name: "ci", roles, ...more } });

describe("POST /keys", () => {
  test("a key is shown once and works", async () => {
    const made = await bench.owner.call(
      "POST",
      "/keys",
      make([{ role: "viewer", organization_id: "org-a" }]),
    );
    expect(made.status).toBe(201);
    const created = createdApiKey.parse(made.body);
    expect(created.key).toMatch(/^drv_[a-z0-9]{8,32}_[A-Za-z0-9]{32,64}$/);
    expect(made.body).toMatchObject({ name: "ci", expires_at: null });
    const me = await bench.withKey(created.key).call("GET", "/me");
    expect(me.body).toMatchObject({ id: created.id, kind: "service", roles: created.roles });
    const [granted] = principal.parse(me.body).permissions;
    expect(granted).toMatchObject({ organization_id: "org-a", workspace_id: null });
    expect(granted?.permissions).not.toContain("task:create");
    const list = await bench.owner.call("GET", "/keys");
    expect(list.text).not.toContain(created.key);
    expect(list.text).not.toContain("secret");
  });

  test("nobody makes a key with more rights than its own", async () => {
    const orgOwner = await bench.caller({ role: "owner", organization_id: "org-a" });
    for (const roles of [
      [{ role: "owner" }],
      [{ role: "viewer" }],
      [{ role: "viewer", organization_id: "org-b" }],
      [
        { role: "viewer", organization_id: "org-a" },
        { role: "member", organization_id: "org-b" },
      ],
    ]) {
      const reply = await orgOwner.call("POST", "/keys", make(roles));
      expect(reply).toMatchObject({ status: 403, body: { code: "forbidden" } });
    }
    const within = await orgOwner.call("POST", "/keys", make([{ role: "owner", organization_id: "org-a" }]));
    expect(within.status).toBe(201);
  });

  test("members and viewers make no keys", async () => {
    for (const role of ["member", "viewer"] as const) {
      const caller = await bench.caller({ role });
      expect((await caller.call("POST", "/keys", make([{ role: "viewer" }]))).status).toBe(403);
      expect((await caller.call("GET", "/keys")).status).toBe(403);
    }
  });

  test("a key ends when it was said to, and never after its maker", async () => {
    const parent = await bench.owner.call(
      "POST",
      "/keys",
      make([{ role: "owner" }], { expires_in_seconds: 1 }),
    );
    const parentCaller = bench.withKey(createdApiKey.parse(parent.body).key);
    const child = await parentCaller.call(
      "POST",
      "/keys",
      make([{ role: "viewer" }], { expires_in_seconds: 3600 }),
    );
    expect(child.body).toMatchObject({ expires_at: createdApiKey.parse(parent.body).expires_at });
    await eventually(async () => (await parentCaller.call("GET", "/me")).status === 401);
    await eventually(
      async () =>
        (await bench.withKey(createdApiKey.parse(child.body).key).call("GET", "/me")).status === 401,
    );
    const list = await bench.owner.call("GET", "/keys");
    expect(list.text).not.toContain(idOf(parent.body));
  });

  test("roles must be known, in a scope that makes sense", async () => {
    const unknown = await bench.owner.call("POST", "/keys", make([{ role: "king" }]));
    expect(faultsOf(unknown.body)[0]?.field).toBe("roles[0].role");
    const half = await bench.owner.call("POST", "/keys", make([{ role: "viewer", workspace_id: "ws-1" }]));
    expect(faultsOf(half.body)).toEqual([
      { field: "roles[0].organization_id", detail: "is required beside workspace_id" },
    ]);
    expect(faultsOf((await bench.owner.call("POST", "/keys", make([]))).body)[0]?.field).toBe("roles");
  });
});

describe("GET and DELETE /keys", () => {
  test("a revoked key is refused at once", async () => {
    const made = await bench.owner.call("POST", "/keys", make([{ role: "viewer" }]));
    const caller = bench.withKey(createdApiKey.parse(made.body).key);
    expect((await caller.call("GET", "/me")).status).toBe(200);
    expect((await bench.owner.call("DELETE", `/keys/${idOf(made.body)}`)).status).toBe(204);
    expect((await caller.call("GET", "/me")).status).toBe(401);
    expect((await bench.owner.call("DELETE", `/keys/${idOf(made.body)}`)).status).toBe(404);
  });

  test("an organization's owner sees and revokes the keys of that organization only", async () => {
    const orgOwner = await bench.caller({ role: "owner", organization_id: "org-k" });
    const own = await orgOwner.call("POST", "/keys", make([{ role: "viewer", organization_id: "org-k" }]));
    const wider = await bench.owner.call(
      "POST",
      "/keys",
      make([
        { role: "viewer", organization_id: "org-k" },
        { role: "viewer", organization_id: "org-l" },
      ]),
    );
    const list = await orgOwner.call("GET", "/keys");
    const seen = listOf("keys", apiKey)
      .parse(list.body)
      .keys.map(({ id }) => id);
    expect(seen).toContain(idOf(own.body));
    expect(seen).not.toContain(idOf(wider.body));
    const missing = await orgOwner.call("DELETE", "/keys/key_01jd3f00000000000000000000");
    const hidden = await orgOwner.call("DELETE", `/keys/${idOf(wider.body)}`);
    expect(hidden.status).toBe(404);
    expect(hidden.text).toBe(missing.text);
    expect((await orgOwner.call("DELETE", `/keys/${idOf(own.body)}`)).status).toBe(204);
  });

  test("keys are paged newest first", async () => {
    const owner = await bench.caller({ role: "owner", organization_id: "org-p" });
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const made = await owner.call("POST", "/keys", make([{ role: "viewer", organization_id: "org-p" }]));
      ids.unshift(idOf(made.body));
    }
    const first = await owner.call("GET", "/keys?limit=2");
    expect(first.body).toMatchObject({ keys: ids.slice(0, 2).map((id) => ({ id })) });
    const rest = await owner.call("GET", `/keys?limit=2&after_id=${ids[1]}`);
    expect(listOf("keys", apiKey).parse(rest.body).keys[0]?.id).toBe(ids[2]);
  });
});
