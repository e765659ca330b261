import { startRedis, type TestRedis } from "@drover/testing";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ApiKeys } from "./api-keys.ts";
import type { Principal } from "./principal.ts";

const prefix = "{test}:access";
const owner: Principal = {
  id: "key_owner",
  name: "owner",
  kind: "service",
  roles: [{ role: "owner" }],
  expiresAt: null,
};
const bootstrapKey = `drv_bootstrap_${"b".repeat(40)}`;

let server: TestRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(() => redis.flushall());

describe("keys", () => {
  test("a key authenticates, and neither it nor its secret is stored", async () => {
    const keys = new ApiKeys({ redis, prefix });
    const created = await keys.create({ name: "ci", roles: [{ role: "viewer" }] }, owner);
    expect(await keys.authenticate(created.key)).toMatchObject({
      id: created.id,
      name: "ci",
      kind: "service",
    });
    const secret = created.key.split("_")[2] ?? "";
    for (const key of await redis.keys("*")) {
      expect(key.startsWith(prefix)).toBe(true);
      const stored = (await redis.type(key)) === "hash" ? await redis.hgetall(key) : await redis.get(key);
      expect(JSON.stringify(stored)).not.toContain(secret);
    }
  });

  test("another secret, another id, or half a key authenticates nobody", async () => {
    const keys = new ApiKeys({ redis, prefix });
    const { key } = await keys.create({ name: "ci", roles: [{ role: "viewer" }] }, owner);
    const [, id, secret] = key.split("_");
    for (const wrong of [
      `drv_${id}_${"x".repeat(48)}`,
      `drv_00000000_${secret}`,
      `drv_${id}_`,
      "",
      `${key}x`,
    ]) {
      expect(await keys.authenticate(wrong)).toBeNull();
    }
  });

  test("a workspace's key calls as that workspace", async () => {
    const keys = new ApiKeys({ redis, prefix });
    const roles = [{ role: "member" as const, organization_id: "a", workspace_id: "ws-1" }];
    const { key } = await keys.create({ name: "ws", roles }, owner);
    expect(await keys.authenticate(key)).toMatchObject({ kind: "workspace" });
  });

  test("a key that has expired authenticates nobody, also out of the cache, and leaves Redis by itself", async () => {
    let nowMs = Date.now();
    const keys = new ApiKeys({ redis, prefix, now: () => nowMs });
    const created = await keys.create(
      { name: "brief", roles: [{ role: "viewer" }], expires_in_seconds: 60 },
      owner,
    );
    expect(await keys.authenticate(created.key)).not.toBeNull();
    const [recordKey = ""] = await redis.keys(`${prefix}:key:*`);
    expect(await redis.pttl(recordKey)).toBeGreaterThan(50_000);
    nowMs += 60_001;
    expect(await keys.authenticate(created.key)).toBeNull();
    expect(await keys.find(created.id)).toBeNull();
    expect(await keys.list()).toEqual([]);
  });

  test("a revocation is felt at once here and within five seconds elsewhere", async () => {
    let nowMs = Date.now();
    const here = new ApiKeys({ redis, prefix });
    const elsewhere = new ApiKeys({ redis, prefix, cacheMs: 60_000, now: () => nowMs });
    const created = await here.create({ name: "ci", roles: [{ role: "viewer" }] }, owner);
    expect(await here.authenticate(created.key)).not.toBeNull();
    expect(await elsewhere.authenticate(created.key)).not.toBeNull();
    await here.delete(created.id);
    expect(await here.authenticate(created.key)).toBeNull();
    nowMs += 5_001;
    expect(await elsewhere.authenticate(created.key)).toBeNull();
  });

  test("a look-up that is under way while its key is revoked is not kept", async () => {
    const keys = new ApiKeys({ redis, prefix });
    const created = await keys.create({ name: "ci", roles: [{ role: "viewer" }] }, owner);
    const underWay = keys.authenticate(created.key);
    await keys.delete(created.id);
    await underWay;
    expect(await keys.authenticate(created.key)).toBeNull();
  });
});

describe("the bootstrap key", () => {
  test("it becomes a site owner, however often and by however many replicas", async () => {
    const replicas = [1, 2, 3].map(() => new ApiKeys({ redis, prefix }));
    await Promise.all(replicas.map((keys) => keys.ensureBootstrapKey(bootstrapKey)));
    const [first] = replicas;
    expect(await first?.ensureBootstrapKey(bootstrapKey)).toBe("present");
    expect(await first?.list()).toHaveLength(1);
    expect(await first?.authenticate(bootstrapKey)).toMatchObject({
      name: "bootstrap",
      roles: [{ role: "owner" }],
    });
  });

  test("a new secret under the same id replaces the old one", async () => {
    const keys = new ApiKeys({ redis, prefix });
    const renewed = `drv_bootstrap_${"c".repeat(40)}`;
    await keys.ensureBootstrapKey(bootstrapKey);
    expect(await keys.authenticate(bootstrapKey)).not.toBeNull();
    await keys.ensureBootstrapKey(renewed);
    expect(await keys.authenticate(bootstrapKey)).toBeNull();
    expect(await keys.authenticate(renewed)).not.toBeNull();
    expect(await keys.list()).toHaveLength(1);
  });

  test("once revoked it stays so over a restart; another secret works", async () => {
    const keys = new ApiKeys({ redis, prefix });
    await keys.ensureBootstrapKey(bootstrapKey);
    const [shown] = await keys.list();
    await keys.delete(shown?.id ?? "");
    expect(await new ApiKeys({ redis, prefix }).ensureBootstrapKey(bootstrapKey)).toBe("revoked");
    expect(await keys.authenticate(bootstrapKey)).toBeNull();
    expect(await keys.ensureBootstrapKey(`drv_bootstrap_${"d".repeat(40)}`)).toBe("saved");
  });

  test("it never takes the place of a key made through the API, nor is what is no key taken", async () => {
    const keys = new ApiKeys({ redis, prefix });
    const { key } = await keys.create({ name: "ci", roles: [{ role: "viewer" }] }, owner);
    const [, id] = key.split("_");
    await expect(keys.ensureBootstrapKey(`drv_${id}_${"e".repeat(40)}`)).rejects.toThrow(/belongs to a key/);
    await expect(keys.ensureBootstrapKey("hunter2")).rejects.toThrow(/form drv_<id>_<secret>/);
  });
});

test("while Redis is away nobody is taken for a stranger", async () => {
  await using gone = await startRedis();
  const broken = new Redis(gone.url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 50,
  });
  broken.on("error", () => undefined);
  const keys = new ApiKeys({ redis: broken, prefix });
  await gone.kill();
  await expect(keys.authenticate(bootstrapKey)).rejects.toMatchObject({ code: "redis_unavailable" });
  await expect(keys.list()).rejects.toMatchObject({ code: "redis_unavailable" });
  broken.disconnect();
});
