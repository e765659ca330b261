import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type Instance, instance, listOf } from "@drover/contracts";
import { TunnelDirectory } from "@drover/instances";
import { createLogger } from "@drover/observability";
import { eventually } from "@drover/testing";
import { serveTunnel, tunnelFaultHeader, tunnelProtocol, tunnelTokenHeader } from "@drover/tunnel";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Bench, benchConfig, type Caller, idOf, startBench, urlOf } from "../gateway.bench.ts";
import { type Gateway, startGateway } from "../gateway.ts";

const limits = { tunnelRefreshMs: 100, failuresPerMinute: 1_000 };
let bench: Bench;
let openCode: Server;
let openCodePort: number;
let directory: TunnelDirectory;
const dialled: WebSocket[] = [];

beforeAll(async () => {
  openCode = createServer((request, response) => {
    if (request.headers.authorization !== `Basic ${btoa("opencode:its-own")}`) response.writeHead(401).end();
    else if (request.url === "/global/health") response.end('{"healthy":true,"version":"1.18.33"}');
    else response.end(`${request.method} ${request.url}`);
  });
  openCode.listen(0, "127.0.0.1");
  await once(openCode, "listening");
  const address = openCode.address();
  openCodePort = typeof address === "object" ? (address?.port ?? 0) : 0;
  bench = await startBench({ limits });
  directory = new TunnelDirectory(bench.gateway.services.store);
});
afterEach(() => {
  for (const socket of dialled.splice(0)) socket.terminate();
});
afterAll(async () => {
  openCode.close();
  await bench[Symbol.asyncDispose]();
});

let workspaces = 0;
async function register(caller: Caller = bench.owner, workspace_id?: string): Promise<Instance> {
  workspaces += 1;
  const body = { workspace_id: workspace_id ?? `ws-${workspaces}`, runtime: "remote" };
  const made = await caller.call("POST", "/opencode/register", { body });
  expect(made.status, made.text).toBe(201);
  return instance.parse(made.body);
}

function socketOf(id: string, key: string, gateway: Gateway, protocol: string): WebSocket {
  const url = urlOf(gateway, `/opencode/instances/${id}/tunnel`).replace(/^http/, "ws");
  const socket = new WebSocket(url, protocol, { headers: { authorization: `Bearer ${key}` } });
  socket.on("error", () => undefined);
  dialled.push(socket);
  return socket;
}

/** As the workspace does it. */
async function dialOut(id: string, key = bench.owner.key, gateway = bench.gateway): Promise<WebSocket> {
  const socket = socketOf(id, key, gateway, tunnelProtocol);
  await once(socket, "open");
  const authorization = `Basic ${btoa("opencode:its-own")}`;
  await serveTunnel(socket, () => ({ host: "127.0.0.1", port: openCodePort, authorization }));
  return socket;
}

async function refusal(id: string, key: string, protocol = tunnelProtocol): Promise<number> {
  const [, response] = await once(socketOf(id, key, bench.gateway, protocol), "unexpected-response");
  response.resume();
  return response.statusCode;
}

/** As a worker does it. */
async function ask(id: string, path: string): Promise<string> {
  const place = await directory.find(id);
  if (place === null) return "there is no tunnel";
  const answer = await fetch(`${place.url}/${id}${path}`, { headers: { [tunnelTokenHeader]: place.token } });
  return answer.headers.get(tunnelFaultHeader) ?? (await answer.text());
}

async function shown(id: string): Promise<Instance | undefined> {
  const list = await bench.owner.call("GET", "/opencode/instances");
  return listOf("instances", instance)
    .parse(list.body)
    .instances.find((one) => one.id === id);
}

const closeOf = async (socket: WebSocket): Promise<number> => (await once(socket, "close"))[0];

describe("a workspace that dials out", () => {
  test("is starting until its tunnel is there, then ready, and is asked through it with its own password", async () => {
    const { id, status, url, version } = await register();
    expect({ status, url, version }).toEqual({ status: "starting", url: null, version: null });
    expect(await directory.find(id)).toBeNull();
    await dialOut(id);
    await eventually(async () => (await shown(id))?.status === "ready");
    expect((await shown(id))?.version).toBe("1.18.33");
    expect(await ask(id, "/session/a%2Fb?x=1")).toBe("GET /session/a%2Fb?x=1");
  });

  test("keeps its password to itself", async () => {
    const body = { workspace_id: "ws-1", runtime: "remote", password: "hush" };
    const answer = await bench.owner.call("POST", "/opencode/register", { body });
    expect(answer).toMatchObject({ status: 400, body: { validations: [{ field: "password" }] } });
  });

  test("whose OpenCode does not answer is not called ready", async () => {
    const { id } = await register();
    const socket = socketOf(id, bench.owner.key, bench.gateway, tunnelProtocol);
    await once(socket, "open");
    await serveTunnel(socket, () => null);
    await eventually(async () => (await ask(id, "/x")) === "unreachable");
    expect((await shown(id))?.status).toBe("starting");
  });

  test("leaves nothing behind when it goes", async () => {
    const { id } = await register();
    const socket = await dialOut(id);
    await eventually(async () => (await directory.find(id)) !== null);
    const place = await directory.find(id);
    socket.close();
    await eventually(async () => (await directory.find(id)) === null);
    const answer = await fetch(`${place?.url}/${id}/x`, {
      headers: { [tunnelTokenHeader]: `${place?.token}` },
    });
    expect([answer.status, answer.headers.get(tunnelFaultHeader)]).toEqual([502, "absent"]);
  });
});

describe("a tunnel is refused before there is one", () => {
  test("to who may not act for its workspace, or asks for none", async () => {
    const { id } = await register(bench.owner, "ws-mine");
    const scope = { organization_id: "default", workspace_id: "ws-mine" };
    const member = await bench.caller({ role: "member", ...scope });
    const viewer = await bench.caller({ role: "viewer", ...scope });
    const stranger = await bench.caller({ role: "member", ...scope, workspace_id: "ws-other" });
    expect(await refusal(id, viewer.key)).toBe(403);
    expect(await refusal(id, stranger.key)).toBe(404);
    expect(await refusal(id, "none")).toBe(401);
    expect(await refusal(id, member.key, "something-else")).toBe(426);
    expect((await member.call("GET", `/opencode/instances/${id}/tunnel`)).status).toBe(426);
    await dialOut(id, member.key);
    await eventually(async () => (await ask(id, "/x")) === "GET /x");
  });

  test("for an instance that does not dial out", async () => {
    const body = { workspace_id: "ws-process", runtime: "process" };
    const made = await bench.owner.call("POST", "/opencode/register", { body });
    expect(await refusal(idOf(made.body), bench.owner.key)).toBe(409);
  });
});

test("the endpoint of workers heeds the token of this one tunnel only, and tells nothing else", async () => {
  const [mine, other] = [await register(), await register()];
  await Promise.all([dialOut(mine.id), dialOut(other.id)]);
  await eventually(
    async () => (await ask(mine.id, "/x")) === "GET /x" && (await ask(other.id, "/x")) === "GET /x",
  );
  const [place, others] = [await directory.find(mine.id), await directory.find(other.id)];
  const faultOf = async (path: string, headers: Record<string, string>) => {
    const answer = await fetch(`${place?.url}${path}`, { headers });
    return [answer.status, answer.headers.get(tunnelFaultHeader)];
  };
  expect(await faultOf(`/${mine.id}/x`, {})).toEqual([502, "absent"]);
  expect(await faultOf(`/${mine.id}/x`, { [tunnelTokenHeader]: "no" })).toEqual([502, "absent"]);
  expect(await faultOf(`/${mine.id}/x`, { [tunnelTokenHeader]: `${others?.token}` })).toEqual([
    502,
    "absent",
  ]);
  expect(await faultOf("/x", { [tunnelTokenHeader]: `${place?.token}` })).toEqual([502, "absent"]);
});

describe("a tunnel ends", () => {
  test("when a newer one of the same instance takes its place", async () => {
    const { id } = await register();
    const older = await dialOut(id);
    const closed = closeOf(older);
    await dialOut(id);
    expect(await closed).toBe(4000);
    await eventually(async () => (await ask(id, "/x")) === "GET /x");
  });

  test("when the instance is forgotten, or the credential revoked", async () => {
    const key = await bench.caller({ role: "member" });
    const [forgotten, refused] = [await register(), await register()];
    const closes = [closeOf(await dialOut(forgotten.id)), closeOf(await dialOut(refused.id, key.key))];
    await bench.owner.call("DELETE", `/opencode/instances/${forgotten.id}`);
    const [, keyId = ""] = /^drv_([a-z0-9]+)_/.exec(key.key) ?? [];
    const keys = await bench.owner.call("GET", "/keys");
    const revoked = JSON.parse(keys.text).keys.find((one: { id: string }) => one.id.includes(keyId));
    expect((await bench.owner.call("DELETE", `/keys/${revoked.id}`)).status).toBe(204);
    expect(await Promise.all(closes)).toEqual([4404, 1008]);
    expect(await shown(forgotten.id)).toBeUndefined();
  });
});

test("a workspace moves to another replica when its own stops, and workers find it there", async () => {
  const logger = createLogger({ service: "api-gateway", level: "silent" });
  const config = benchConfig(bench.redis.url);
  const second = await startGateway({ config, logger, limits });
  const { id } = await register();
  const first = await dialOut(id, bench.owner.key, second);
  await eventually(async () => (await ask(id, "/x")) === "GET /x");
  const before = await directory.find(id);
  // Two replicas hold one for a moment, as when a connection broke and only the workspace knows: the older one gives way.
  const replaced = closeOf(first);
  const again = await dialOut(id, bench.owner.key, bench.gateway);
  expect(await replaced).toBe(4000);
  await eventually(async () => (await directory.find(id))?.url !== before?.url);
  expect(await ask(id, "/x")).toBe("GET /x");
  again.terminate();
  const last = await dialOut(id, bench.owner.key, second);
  const left = closeOf(last);
  await second[Symbol.asyncDispose]();
  expect(await left).toBe(1001);
  await eventually(async () => (await directory.find(id)) === null);
});
