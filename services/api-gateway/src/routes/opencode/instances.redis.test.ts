import { createServer, type Server } from "node:http";
import { instance, listOf } from "@drover/contracts";
import { DiscoveredPlugins } from "@drover/instances";
import { eventually } from "@drover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, faultsOf, idOf, startBench } from "../../gateway.bench.ts";

let bench: Bench;
let openCode: Server;
let openCodeUrl: string;
const asked: string[] = [];

beforeAll(async () => {
  openCode = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? ""}`);
    if (request.url?.startsWith("/moved")) response.writeHead(302, { Location: "http://127.0.0.1:1/" }).end();
    else if (request.headers.authorization !== `Basic ${btoa("opencode:right")}`)
      response.writeHead(401).end();
    else if (request.url?.startsWith("/other")) response.end("<html>");
    else response.end(JSON.stringify({ healthy: true, version: "1.18.33" }));
  });
  await new Promise<void>((resolve) => openCode.listen(0, "127.0.0.1", resolve));
  const address = openCode.address();
  openCodeUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  bench = await startBench({ environment: { DROVER_INSTANCE_ALLOW: "127.0.0.1/32, allowed.invalid" } });
});
afterAll(async () => {
  openCode.close();
  await bench[Symbol.asyncDispose]();
});

const register = (body: object) =>
  bench.owner.call("POST", "/opencode/register", { body: { workspace_id: "ws-1", ...body } });

const instancesOf = (body: unknown) => listOf("instances", instance).parse(body).instances;

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
    const beat = await bench.owner.call("POST", `/opencode/instances/${idOf(made.body)}/heartbeat`);
    expect(beat).toMatchObject({ status: 200, body: { id: idOf(made.body), status: "ready" } });
    expect(Date.parse(instance.parse(beat.body).expires_at)).toBeGreaterThan(Date.now() + 80_000);
    const list = await bench.owner.call("GET", "/opencode/instances?q=workspace:ws-1%20status:ready");
    expect(list.body).toMatchObject({ count: 1, instances: [{ id: idOf(made.body) }] });
    expect(list.text).not.toContain("hush-hush");
    const { redis } = bench.gateway.services.store;
    for (const key of await redis.keys("*instance:*"))
      expect(await redis.get(key)).not.toContain("hush-hush");
    expect((await bench.owner.call("DELETE", `/opencode/instances/${idOf(made.body)}`)).status).toBe(204);
    expect((await bench.owner.call("DELETE", `/opencode/instances/${idOf(made.body)}`)).status).toBe(404);
    expect((await bench.owner.call("POST", `/opencode/instances/${idOf(made.body)}/heartbeat`)).status).toBe(
      404,
    );
  });

  test("one that misses its heartbeats is unreachable until it shows life again", async () => {
    const made = await register({ runtime: "process", workspace_id: "ws-silent" });
    const { redis, keyspace } = bench.gateway.services.store;
    const key = `${keyspace.site.prefix}:instance:${idOf(made.body)}`;
    const stored = JSON.parse((await redis.get(key)) ?? "{}");
    await redis.set(key, JSON.stringify({ ...stored, expires_at: new Date(Date.now() - 1).toISOString() }));
    const list = await bench.owner.call("GET", "/opencode/instances?q=workspace:ws-silent");
    expect(instancesOf(list.body)[0]?.status).toBe("unreachable");
    await bench.owner.call("POST", `/opencode/instances/${idOf(made.body)}/heartbeat`);
    await eventually(async () => {
      const again = await bench.owner.call("GET", "/opencode/instances?q=workspace:ws-silent");
      return instancesOf(again.body)[0]?.status === "ready";
    });
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

  test("a remote one needs a url, without a password in it", async () => {
    expect(faultsOf((await register({ runtime: "remote" })).body)[0]?.field).toBe("url");
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

  test("one that does not answer as OpenCode does is unreachable", async () => {
    const before = asked.length;
    for (const [url, password] of [
      [openCodeUrl, "wrong"],
      [`${openCodeUrl}/moved`, "right"],
      [`${openCodeUrl}/other`, "right"],
      ["http://nowhere.invalid/", "right"],
      ["http://127.0.0.1:1/", "right"],
    ]) {
      expect(await register({ runtime: "remote", url, password })).toMatchObject({
        status: 400,
        body: { code: "instance_unreachable" },
      });
    }
    expect(asked.length - before).toBe(3);
  });

  test("one that answers is found, and refused as not served yet", async () => {
    const reply = await register({ runtime: "remote", url: openCodeUrl, password: "right" });
    expect(reply).toMatchObject({ status: 400, body: { code: "runtime_not_supported" } });
    expect(faultsOf(reply.body)[0]?.detail).toContain("1.18.33");
    expect(reply.text).not.toContain("right");
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
