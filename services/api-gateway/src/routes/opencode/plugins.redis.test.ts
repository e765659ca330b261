import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import { DiscoveredPlugins, PluginSettings } from "@drover/instances";
import { eventually } from "@drover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { readGatewayConfig } from "../../config.ts";
import { type Bench, faultsOf, startBench } from "../../gateway.bench.ts";
import { mergePlugins } from "../../plugins/merge-plugins.ts";

const integrity = `sha512-${createHash("sha512").update("bytes").digest("base64")}`;
const packages: Record<string, unknown> = {
  "/@acme%2faudit/1.2.3": { description: "Audits.", dist: { integrity } },
  "/needy/1.0.0": { dependencies: { left: "1" }, dist: { integrity } },
  "/typed/1.0.0": { dependencies: { "@opencode-ai/plugin": "*" }, dist: { integrity } },
  "/old/1.0.0": { dist: { shasum: "abc" } },
};

let bench: Bench;
let registry: Server;
beforeAll(async () => {
  registry = createServer((request, response) => {
    const found = packages[request.url ?? ""];
    response.writeHead(found === undefined ? 404 : 200).end(JSON.stringify(found ?? {}));
  });
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  const address = registry.address();
  bench = await startBench({
    environment: {
      DROVER_PLUGIN_ALLOW:
        "npm:@acme/*, npm:needy, npm:typed, npm:old, npm:absent, mcp:node, mcp:https://mcp.example.com",
      DROVER_PLUGIN_REGISTRY: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    },
  });
});
afterAll(async () => {
  registry.close();
  await bench[Symbol.asyncDispose]();
});

const put = (name: string, body: object) =>
  bench.owner.call("PUT", `/opencode/plugins/${encodeURIComponent(name)}`, {
    body: { workspace_id: "ws-1", enabled: true, ...body },
  });
const listOf = async (workspace = "ws-1") =>
  z
    .object({ plugins: z.array(z.looseObject({ name: z.string(), enabled: z.boolean() })) })
    .parse((await bench.owner.call("GET", `/opencode/plugins?workspace_id=${workspace}`)).body).plugins;
const skill = { kind: "skill", text: "---\ndescription: Is one.\n---\nBe one." };

describe("packages", () => {
  test("one that is allowed is pinned by the integrity of the registry", async () => {
    expect(await put("@acme/audit", { spec: "npm:@acme/audit@1.2.3" })).toMatchObject({
      status: 200,
      body: { name: "@acme/audit", kind: "plugin", source: "npm", version: "1.2.3", description: "Audits." },
    });
    const { settings } = await new PluginSettings(bench.gateway.services.store).ofWorkspace(
      "default",
      "ws-1",
    );
    expect(settings).toMatchObject([{ content: { package: "@acme/audit@1.2.3", integrity } }]);
  });

  test("one whose types alone come from elsewhere is fine", async () => {
    expect((await put("typed", { spec: { kind: "plugin", package: "typed@1.0.0" } })).status).toBe(200);
  });

  test.each([
    ["one that needs others", "npm:needy@1.0.0", 400, "validation_failed"],
    ["one that is not there", "npm:absent@1.0.0", 400, "validation_failed"],
    ["one without a sha512", "npm:old@1.0.0", 502, "plugin_unavailable"],
    ["one that is not on the list", "npm:other@1.0.0", 403, "plugin_not_allowed"],
    ["a range", "npm:typed@^1.0.0", 400, "validation_failed"],
    ["a tag", "npm:typed@latest", 400, "validation_failed"],
    ["an address", "npm:https://evil.invalid/x.tgz", 400, "validation_failed"],
  ])("%s is refused", async (_title, spec, status, code) => {
    expect(await put("x", { spec })).toMatchObject({ status, body: { code } });
  });

  test("one with other bytes than the caller has pinned is refused", async () => {
    const other = `sha512-${createHash("sha512").update("other").digest("base64")}`;
    const spec = { kind: "plugin", package: "typed@1.0.0", integrity: other };
    expect(await put("x", { spec })).toMatchObject({ status: 502, body: { code: "plugin_unavailable" } });
  });
});

describe("MCP servers", () => {
  test("of a program or an address on the list are plugged in", async () => {
    expect((await put("local", { spec: { kind: "mcp", command: ["node", "server.js"] } })).status).toBe(200);
    expect((await put("far", { spec: { kind: "mcp", url: "https://mcp.example.com/x" } })).status).toBe(200);
  });

  test.each([
    [{ command: ["sh", "-c", "x"] }, 403],
    [{ url: "https://elsewhere.example.com/" }, 403],
    [{ command: ["node", "{env:OPENCODE_CONFIG_CONTENT}"] }, 400],
    [{ url: "https://mcp.example.com/{file:/etc/passwd}" }, 400],
    [{ url: "https://a:b@mcp.example.com/" }, 400],
    [{ url: "file:///etc/passwd" }, 400],
    [{}, 400],
    [{ command: ["node"], url: "https://mcp.example.com/" }, 400],
  ])("%j is refused with %i", async (spec, status) => {
    expect((await put("bad", { spec: { kind: "mcp", ...spec } })).status).toBe(status);
  });
});

test("a name that would be a path is refused", async () => {
  for (const name of ["../up", "a/b", ".hidden", "@x"])
    expect([400, 404]).toContain((await put(name, { spec: skill })).status);
  expect(faultsOf((await put("@scope/skill", { spec: skill })).body)[0]?.field).toBe("plugin_name");
});

test("two kinds of one name are told apart by kind", async () => {
  await put("twin", { spec: skill });
  await put("twin", { spec: { kind: "command", text: "---\ndescription: Is one.\n---\nBe one." } });
  expect(await put("twin", { enabled: false })).toMatchObject({ status: 409, body: { code: "conflict" } });
  expect(await put("twin", { enabled: false, kind: "skill" })).toMatchObject({
    body: { kind: "skill", enabled: false },
  });
  const gone = await bench.owner.call("DELETE", "/opencode/plugins/twin?workspace_id=ws-1&kind=command");
  expect(gone.status).toBe(204);
});

test("many changes at once lose nothing of each other", async () => {
  const names = Array.from({ length: 8 }, (_, n) => `many-${n}`);
  const replies = await Promise.all(names.map((name) => put(name, { workspace_id: "ws-many", spec: skill })));
  expect(replies.map(({ status }) => status)).toEqual(names.map(() => 200));
  expect((await listOf("ws-many")).map(({ name }) => name).sort()).toEqual(names);
});

test("the same again is no new revision, so that nothing is started anew for it", async () => {
  const settings = new PluginSettings(bench.gateway.services.store);
  const revision = async () => (await settings.ofWorkspace("default", "ws-same")).revision;
  await put("one", { workspace_id: "ws-same", spec: skill });
  const before = await revision();
  await put("one", { workspace_id: "ws-same", spec: skill });
  expect(await revision()).toBe(before);
});

test("what another replica or a worker changes is seen at once, though the list is kept", async () => {
  const { store } = bench.gateway.services;
  const seen = async () => (await listOf("ws-far")).map(({ name }) => name);
  const told = (name: string) => ({
    name,
    version: "1",
    source: "builtin" as const,
    kind: "agent" as const,
    enabled: true,
    workspace_id: "ws-far",
    description: "",
  });
  await new DiscoveredPlugins(store).save("default", "ws-far", [told("first")]);
  await eventually(async () => (await seen()).includes("first"));
  // Behind the back of all who listen, to see that it is kept.
  const key = store.keyspace.shardOf("default").plugins("default");
  await store.redis.hset(key, "ws-far", JSON.stringify([told("quiet")]));
  expect(await seen()).toEqual(["first"]);
  await new DiscoveredPlugins(store).save("default", "ws-far", [told("second")]);
  await eventually(async () => (await seen()).includes("second"));
});

test("a setting has the last word over what an older instance was seen to have", () => {
  const found = { version: "1.18.33", source: "builtin", enabled: true, description: "Searches." } as const;
  const merged = mergePlugins(
    "ws",
    [
      { ...found, name: "grep", kind: "tool" },
      { ...found, name: "read", kind: "tool" },
    ],
    [
      {
        name: "grep",
        kind: "tool",
        enabled: false,
        source: "builtin",
        version: "",
        description: "",
        content: null,
      },
    ],
  );
  expect(merged).toEqual([
    { ...found, name: "read", kind: "tool" },
    { ...found, name: "grep", kind: "tool", enabled: false, workspace_id: "ws" },
  ]);
});

test("a key of the catalogue that is none keeps the gateway from starting", () => {
  expect(() =>
    readGatewayConfig({ REDIS_URL: "redis://127.0.0.1", DROVER_CATALOGUE_KEYS: "mine:short" }),
  ).toThrow("DROVER_CATALOGUE_KEYS");
});
