import { randomBytes } from "node:crypto";
import { instance, newId } from "@drover/contracts";
import { InstanceStore } from "@drover/instances";
import type { RedisClient } from "@drover/queue";
import { eventually } from "@drover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, faultsOf, idOf, startBench } from "../../gateway.bench.ts";
import { type FakeOpenCode, fakeOpenCode, instancesOf } from "./fake-open-code.fixture.ts";

let bench: Bench;
let server: FakeOpenCode;
beforeAll(async () => {
  server = await fakeOpenCode();
  const masterKey = randomBytes(32).toString("base64");
  bench = await startBench({
    environment: {
      DROVER_INSTANCE_ALLOW: "127.0.0.1/32, allowed.invalid",
      DROVER_MASTER_KEY: masterKey,
    },
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

const register = (body: object) =>
  bench.owner.call("POST", "/opencode/register", { body: { workspace_id: "ws-1", ...body } });

/** Everything that Redis holds, as text. */
async function keptText(redis: RedisClient): Promise<string> {
  const texts: unknown[] = [];
  for (const key of await redis.keys("*")) {
    const type = await redis.type(key);
    if (type === "string") texts.push(key, await redis.get(key));
    else if (type === "hash") texts.push(key, await redis.hgetall(key));
    else if (type === "zset") texts.push(key, await redis.zrange(key, "0", "-1"));
    else if (type === "set") texts.push(key, await redis.smembers(key));
    else if (type === "stream") texts.push(key, await redis.xrange(key, "-", "+"));
  }
  return JSON.stringify(texts);
}

describe("what answers when a remote instance is registered", () => {
  test("one that does not answer as OpenCode does is unreachable", async () => {
    const before = server.asked.length;
    for (const [url, password] of [
      [server.url, "wrong"],
      [`${server.url}/moved`, "right"],
      [`${server.url}/other`, "right"],
      ["http://nowhere.invalid/", "right"],
      ["http://127.0.0.1:1/", "right"],
    ]) {
      expect(await register({ runtime: "remote", url, password })).toMatchObject({
        status: 400,
        body: { code: "instance_unreachable" },
      });
    }
    expect(server.asked.length - before).toBe(3);
  });

  test("one that hangs, or is of another line of versions, is refused in time", async () => {
    const beganMs = performance.now();
    const hanging = await register({ runtime: "remote", url: `${server.url}/hanging`, password: "right" });
    expect(hanging).toMatchObject({ status: 400, body: { code: "instance_unreachable" } });
    expect(performance.now() - beganMs).toBeLessThan(6_000);
    const endless = await register({ runtime: "remote", url: `${server.url}/endless`, password: "right" });
    expect(endless).toMatchObject({ status: 400, body: { code: "instance_unreachable" } });
    const next = await register({ runtime: "remote", url: `${server.url}/next`, password: "right" });
    expect(next).toMatchObject({ status: 400, body: { code: "runtime_not_supported" } });
    expect(faultsOf(next.body)).toMatchObject([{ field: "url", detail: expect.stringContaining("2.0.1") }]);
  });
});

describe("remote instances", () => {
  const remote = (fields: object = {}) => ({
    workspace_id: "ws-remote",
    runtime: "remote",
    url: server.url,
    password: "right",
    directory: "/home/dev/project",
    ...fields,
  });

  test("one that answers is ready at once, and its password is kept where only a master key opens it", async () => {
    const headers = { "Idempotency-Key": "remote" };
    const made = await bench.owner.call("POST", "/opencode/register", { body: remote(), headers });
    expect(made).toMatchObject({
      status: 201,
      body: {
        runtime: "remote",
        url: server.url,
        directory: "/home/dev/project",
        version: "1.18.33",
        status: "ready",
        heartbeat_seconds: 30,
      },
    });
    expect(Date.parse(instance.parse(made.body).expires_at ?? "")).toBeGreaterThan(Date.now() + 80_000);
    expect(made.text).not.toContain("right");
    const again = await bench.owner.call("POST", "/opencode/register", { body: remote(), headers });
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect(again.body).toEqual(made.body);
    const { store, instances } = bench.gateway.services;
    expect(await keptText(store.redis)).not.toContain("right");
    const id = idOf(made.body);
    expect(await instances.password(id)).toBe("right");
    const otherKey = new InstanceStore(store, randomBytes(32).toString("base64"));
    await expect(otherKey.password(id)).rejects.toThrow("another master key");
    await expect(new InstanceStore(store, null).password(id)).rejects.toThrow("DROVER_MASTER_KEY");
  });

  test("one that misses three heartbeats is unreachable until it is heard of again, and is not forgotten", async () => {
    const made = await bench.owner.call("POST", "/opencode/register", {
      body: remote({ workspace_id: "ws-silent" }),
    });
    const { redis, keyspace } = bench.gateway.services.store;
    const key = `${keyspace.site.prefix}:registration:${idOf(made.body)}`;
    await redis.hset(key, "heard_at", Date.now() - 90_001);
    const statusOf = async () => {
      const list = await bench.owner.call("GET", "/opencode/instances?q=workspace:ws-silent");
      return instancesOf(list.body)[0]?.status;
    };
    expect(await statusOf()).toBe("unreachable");
    expect(await redis.ttl(key)).toBeGreaterThan(29 * 24 * 60 * 60);
    await bench.owner.call("POST", `/opencode/instances/${idOf(made.body)}/heartbeat`);
    await eventually(async () => (await statusOf()) === "ready");
  });

  test("forgetting one that was replaced leaves the one that replaced it", async () => {
    const { instances } = bench.gateway.services;
    const registration = {
      ...remote(),
      organization_id: "default",
      workspace_id: "ws-raced",
      runtime: "remote",
    };
    const former = await instances.save(newId("instance"), { ...registration, runtime: "remote" }, "1.18.33");
    const latter = await instances.save(newId("instance"), { ...registration, runtime: "remote" }, "1.18.33");
    await instances.delete(former.id);
    expect((await instances.ofWorkspace("default", "ws-raced"))?.id).toBe(latter.id);
  });

  test("an address with a query, and a password that nobody could keep, are refused by name", async () => {
    const query = await bench.owner.call("POST", "/opencode/register", {
      body: remote({ url: `${server.url}/?a=b` }),
    });
    expect(faultsOf(query.body)[0]?.field).toBe("url");
    await using keyless = await startBench({ environment: { DROVER_INSTANCE_ALLOW: "127.0.0.1/32" } });
    const refused = await keyless.owner.call("POST", "/opencode/register", { body: remote() });
    expect(refused).toMatchObject({ status: 400, body: { code: "validation_failed" } });
    expect(faultsOf(refused.body)).toMatchObject([
      { field: "password", detail: expect.stringContaining("DROVER_MASTER_KEY") },
    ]);
  });

  test("another organization neither sees nor takes over what is registered", async () => {
    const made = await bench.owner.call("POST", "/opencode/register", {
      body: remote({ workspace_id: "ws-mine", organization_id: "org-mine" }),
    });
    const stranger = await bench.caller({ role: "owner", organization_id: "org-other" });
    const path = `/opencode/instances/${idOf(made.body)}`;
    expect((await stranger.call("POST", `${path}/heartbeat`)).status).toBe(404);
    expect((await stranger.call("DELETE", path)).status).toBe(404);
    expect((await stranger.call("GET", "/opencode/instances")).body).toMatchObject({ count: 0 });
    const same = remote({ workspace_id: "ws-mine", organization_id: "org-other" });
    expect((await stranger.call("POST", "/opencode/register", { body: same })).status).toBe(201);
    const { instances } = bench.gateway.services;
    expect((await instances.ofWorkspace("org-mine", "ws-mine"))?.id).toBe(idOf(made.body));
  });
});
