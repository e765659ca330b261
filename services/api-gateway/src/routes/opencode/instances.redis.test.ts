import { instance } from "@drover/contracts";
import { DiscoveredPlugins } from "@drover/instances";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, faultsOf, idOf, startBench } from "../../gateway.bench.ts";
import { instancesOf } from "./fake-open-code.fixture.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const register = (body: object) =>
  bench.owner.call("POST", "/opencode/register", { body: { workspace_id: "ws-1", ...body } });

describe("process instances", () => {
  test("one is registered, shows life, is listed, and is forgotten", async () => {
    const made = await register({
      runtime: "process",
      trusted: true,
      labels: { team: "web" },
      password: "hush-hush",
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      workspace_id: "ws-1",
      organization_id: "default",
      runtime: "process",
      status: "starting",
      trusted: true,
      heartbeat_seconds: 30,
      labels: { team: "web" },
    });
    const days = (Date.parse(instance.parse(made.body).expires_at) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(365);
    const beat = await bench.owner.call("POST", `/opencode/instances/${idOf(made.body)}/heartbeat`);
    expect(beat).toMatchObject({ status: 200, body: { id: idOf(made.body), status: "ready" } });
    const list = await bench.owner.call("GET", "/opencode/instances?q=workspace:ws-1%20status:ready");
    expect(list.body).toMatchObject({ count: 1, instances: [{ id: idOf(made.body) }] });
    expect(list.text).not.toContain("hush-hush");
    expect((await bench.owner.call("DELETE", `/opencode/instances/${idOf(made.body)}`)).status).toBe(204);
    expect((await bench.owner.call("DELETE", `/opencode/instances/${idOf(made.body)}`)).status).toBe(404);
    expect((await bench.owner.call("POST", `/opencode/instances/${idOf(made.body)}/heartbeat`)).status).toBe(
      404,
    );
  });

  test("one stays for a year, and the last one of a workspace replaces the one before", async () => {
    const first = await register({ runtime: "process", workspace_id: "ws-twice" });
    const second = await register({ runtime: "process", workspace_id: "ws-twice" });
    const list = await bench.owner.call("GET", "/opencode/instances?q=workspace:ws-twice");
    expect(instancesOf(list.body).map(({ id }) => id)).toEqual([idOf(second.body)]);
    const late = await bench.owner.call("POST", `/opencode/instances/${idOf(first.body)}/heartbeat`);
    expect(late.status).toBe(404);
    const { redis, keyspace } = bench.gateway.services.store;
    const key = `${keyspace.site.prefix}:registration:${idOf(second.body)}`;
    expect(await redis.ttl(key)).toBeGreaterThan(364 * 86_400);
    expect((await bench.gateway.services.instances.ofWorkspace("default", "ws-twice"))?.id).toBe(
      idOf(second.body),
    );
    await bench.owner.call("DELETE", `/opencode/instances/${idOf(second.body)}`);
    expect(await bench.gateway.services.instances.ofWorkspace("default", "ws-twice")).toBeNull();
  });

  test("only who may trust marks a workspace as trusted", async () => {
    const member = await bench.caller({ role: "member", organization_id: "org-t" });
    const owner = await bench.caller({ role: "owner", organization_id: "org-t" });
    const body = { workspace_id: "ws-t", organization_id: "org-t", runtime: "process", trusted: true };
    const refused = await member.call("POST", "/opencode/register", { body });
    expect(refused).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(refused.text).toContain("instance:trust");
    expect(await owner.call("POST", "/opencode/register", { body })).toMatchObject({
      status: 201,
      body: { trusted: true },
    });
    const untrusted = await member.call("POST", "/opencode/register", { body: { ...body, trusted: false } });
    expect(untrusted).toMatchObject({ status: 201, body: { trusted: false } });
  });

  test("they belong to their workspace", async () => {
    const made = await register({ runtime: "process", organization_id: "org-a", workspace_id: "ws-a" });
    const viewer = await bench.caller({ role: "viewer", organization_id: "org-a" });
    expect((await viewer.call("DELETE", `/opencode/instances/${idOf(made.body)}`)).status).toBe(403);
    const refused = await viewer.call("POST", "/opencode/register", {
      body: { workspace_id: "ws-a", runtime: "process" },
    });
    expect(refused.status).toBe(403);
    const stranger = await bench.caller({ role: "member", organization_id: "org-a", workspace_id: "ws-2" });
    expect((await stranger.call("DELETE", `/opencode/instances/${idOf(made.body)}`)).status).toBe(404);
    expect((await stranger.call("GET", "/opencode/instances")).body).toMatchObject({ count: 0 });
    const elsewhere = await stranger.call("POST", "/opencode/register", {
      body: { workspace_id: "ws-1", runtime: "process" },
    });
    expect(elsewhere.status).toBe(403);
  });
});

describe("other runtimes", () => {
  test("docker is served where a live worker says so, and refused where none does", async () => {
    const { store } = bench.gateway.services;
    const key = `${store.keyspace.site.prefix}:registry:opencode`;
    const speak = (capabilities: readonly string[] | undefined, last_seen_at = new Date().toISOString()) =>
      store.redis.hset(
        key,
        "worker-1",
        JSON.stringify({
          id: "worker-1",
          host: "h",
          concurrency: 1,
          active: 0,
          last_seen_at,
          status: "available",
          reason: null,
          capabilities,
          agent: "opencode",
          service: "opencode-worker",
        }),
      );
    const refused = {
      status: 400,
      body: { code: "runtime_not_supported", validations: [{ field: "runtime" }] },
    };
    expect(await register({ runtime: "docker" })).toMatchObject(refused);
    await speak(undefined); // a worker of the former version
    expect(await register({ runtime: "docker" })).toMatchObject(refused);
    await speak(["runtime:process", "runtime:docker"], new Date(0).toISOString()); // dead
    expect(await register({ runtime: "docker" })).toMatchObject(refused);
    await speak(["runtime:process", "runtime:docker"]);
    const made = await register({ runtime: "docker" });
    expect(made).toMatchObject({ status: 201, body: { runtime: "docker", version: null } });
    await bench
      .caller({ role: "owner" })
      .then((owner) => owner.call("DELETE", `/opencode/instances/${idOf(made.body)}`));
    await store.redis.del(key);
  });

  test("the url of a remote one holds no password", async () => {
    const withUser = await register({ runtime: "remote", url: "http://user:pass@example.invalid/" });
    expect(faultsOf(withUser.body)[0]?.field).toBe("url");
    expect((await register({ runtime: "remote", url: "file:///etc/passwd" })).status).toBe(400);
  });

  test.each([
    "http://169.254.169.254/latest/meta-data",
    "http://127.0.0.2:9464/metrics",
    "http://[::1]:6379/",
    "http://[::ffff:169.254.169.254]/",
    "http://2852039166/",
    "http://0.0.0.0/",
    "http://[fe80::1]/",
    "http://224.0.0.1/",
  ])("%s is no address for an instance", async (url) => {
    expect(await register({ runtime: "remote", url })).toMatchObject({
      status: 400,
      body: { code: "address_not_allowed" },
    });
  });
});

test("plugins are told per workspace, as far as the caller may see", async () => {
  const plugin = (workspace_id: string) =>
    ({
      name: "build",
      version: "1.18.33",
      source: "builtin",
      kind: "agent",
      enabled: true,
      workspace_id,
      description: "Builds.",
    }) as const;
  const discovered = new DiscoveredPlugins(bench.gateway.services.store);
  await discovered.save("org-a", "ws-1", [plugin("ws-1")]);
  await discovered.save("org-a", "ws-2", [plugin("ws-2")]);
  expect((await bench.owner.call("GET", "/opencode/plugins")).body).toMatchObject({ count: 2 });
  expect((await bench.owner.call("GET", "/opencode/plugins?workspace_id=ws-2")).body).toEqual({
    plugins: [plugin("ws-2")],
    count: 1,
  });
  const viewer = await bench.caller({ role: "viewer", organization_id: "org-a", workspace_id: "ws-1" });
  expect((await viewer.call("GET", "/opencode/plugins")).body).toEqual({
    plugins: [plugin("ws-1")],
    count: 1,
  });
  const stranger = await bench.caller({ role: "viewer", organization_id: "org-b" });
  expect((await stranger.call("GET", "/opencode/plugins")).body).toMatchObject({ plugins: [] });
});
