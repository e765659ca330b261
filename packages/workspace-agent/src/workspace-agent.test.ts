import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AdoptedServer } from "./adopted-server.ts";
import { Backoff } from "./backoff.ts";
import { Refused } from "./control-plane.ts";
import { FakeGateway } from "./fake-gateway.fixture.ts";
import { runWorkspaceAgent, Superseded } from "./workspace-agent.ts";

let openCode: Server;
let gateway: FakeGateway;
let server: AdoptedServer;
let stopping: AbortController;
const running: Promise<unknown>[] = [];

beforeEach(async () => {
  openCode = createServer((request, response) => {
    if (request.headers.authorization !== `Basic ${btoa("opencode:its-own")}`) response.writeHead(401).end();
    else if (request.url === "/global/health") response.end('{"healthy":true,"version":"1.18.33"}');
    else response.end(`OpenCode at ${request.url}`);
  });
  openCode.listen(0, "127.0.0.1");
  await once(openCode, "listening");
  const address = openCode.address();
  const port = typeof address === "object" ? address?.port : 0;
  server = await AdoptedServer.adopt(`http://localhost:${port}`, "its-own");
  gateway = new FakeGateway();
  await gateway.listen();
  stopping = new AbortController();
});
afterEach(async () => {
  stopping.abort();
  await Promise.allSettled(running.splice(0));
  await gateway[Symbol.asyncDispose]();
  openCode.close();
});

const lines: string[] = [];
function start(url: string | null = null, forgetAtEnd = false): Promise<void> {
  lines.length = 0;
  const run = runWorkspaceAgent({
    offer: { workspaceId: "ws-1", url, password: null, directory: "/work" },
    server,
    controlPlane: gateway,
    say: (line) => lines.push(line),
    signal: stopping.signal,
    forgetAtEnd,
  });
  running.push(run);
  run.catch(() => undefined);
  return run;
}

const until = (holds: () => boolean) => vi.waitUntil(holds, { timeout: 25_000, interval: 10 });

describe("an agent that dials out", { timeout: 30_000 }, () => {
  test("registers the workspace, is asked through its tunnel, and falls silent when it stops; OpenCode goes on", async () => {
    const run = start();
    await until(() => gateway.opened === 1);
    expect(gateway.offers).toEqual([{ workspaceId: "ws-1", url: null, password: null, directory: "/work" }]);
    expect(gateway.authorization).toBe("Bearer key");
    expect(await gateway.ask("/session?x=1")).toBe("OpenCode at /session?x=1");
    stopping.abort();
    await run;
    expect(gateway.forgotten).toEqual([]);
    await server[Symbol.asyncDispose]();
    expect(openCode.listening).toBe(true);
    expect(lines.join()).not.toContain("its-own");
  });

  test("comes back each time that its connection is cut", async () => {
    void start();
    for (let round = 1; round <= 3; round += 1) {
      await until(() => gateway.opened === round);
      expect(await gateway.ask("/x")).toBe("OpenCode at /x");
      gateway.cut();
    }
    await until(() => gateway.opened === 4);
    expect(gateway.offers).toHaveLength(1);
  });

  test("comes back when the gateway does, however often it was refused meanwhile", async () => {
    void start();
    await until(() => gateway.opened === 1);
    await gateway.stop();
    gateway.status = 503;
    await gateway.listen();
    await until(() => gateway.refused >= 2);
    gateway.status = null;
    await until(() => gateway.opened === 2);
    expect(gateway.offers).toHaveLength(1);
  });

  test("registers anew what Drover has forgotten, whether told so by a close or by a refusal", async () => {
    void start();
    await until(() => gateway.opened === 1);
    await gateway.session?.close(4404, "the instance is not registered any more");
    await until(() => gateway.opened === 2);
    gateway.status = 404;
    gateway.cut();
    await until(() => gateway.offers.length >= 3);
    gateway.status = null;
    await until(() => gateway.opened === 3);
  });

  test("gives way to another that has registered the workspace since", async () => {
    const run = start();
    await until(() => gateway.opened === 1);
    gateway.others = ["inst_other"];
    await gateway.session?.close(4404, "the instance is not registered any more");
    await expect(run).rejects.toThrow(Superseded);
    expect(gateway.offers).toHaveLength(1);
  });
});

describe("a registration", { timeout: 30_000 }, () => {
  test("that is refused ends the agent at once", async () => {
    gateway.refusal = new Refused("Forbidden.");
    await expect(start()).rejects.toThrow("Forbidden.");
  });

  test("is tried until the API can be reached, and once the workspace was taken, whatever the API says", async () => {
    gateway.refusal = new Error("no connection");
    void start();
    await until(() => lines.some((line) => line.includes("no connection")));
    gateway.refusal = null;
    await until(() => gateway.opened === 1);
    gateway.refusal = new Refused("Forbidden.");
    await gateway.session?.close(4404, "gone");
    await until(() => lines.some((line) => line.includes("Forbidden.")));
    gateway.refusal = null;
    await until(() => gateway.opened === 2);
  });
});

test("an agent whose OpenCode can be reached shows life by heartbeats, registers anew when it is unknown, and takes that away if told to", async () => {
  const run = start("http://workspace.example:4096", true);
  await until(() => gateway.heartbeats > 3);
  expect(gateway.opened).toBe(0);
  gateway.known.clear();
  await until(() => gateway.offers.length === 2);
  stopping.abort();
  await run;
  expect(gateway.forgotten).toEqual(["inst_2"]);
});

test("pauses grow to their limit, each at random below it, and are short again after a success", () => {
  const random = vi.spyOn(Math, "random").mockReturnValue(0.999999);
  const backoff = new Backoff({ firstMs: 500, maxMs: 30_000 });
  const pauses = Array.from({ length: 9 }, () => Math.round(backoff.next()));
  expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  random.mockReturnValue(0);
  expect(backoff.next()).toBe(0);
  random.mockReturnValue(0.999999);
  backoff.reset();
  expect(Math.round(backoff.next())).toBe(500);
});

describe("an OpenCode that runs already", () => {
  test.each([
    "http://10.0.0.1:4096",
    "http://169.254.169.254/",
    "http://example.com:4096",
    "http://127.0.0.1.example.com/",
    "https://127.0.0.1:4096",
    "http://127.0.0.1:4096/elsewhere",
    "http://user:pass@127.0.0.1:4096",
    "4096",
  ])("is not adopted at %s", async (url) => {
    await expect(AdoptedServer.adopt(url, null)).rejects.toThrow("is no address of OpenCode on this machine");
  });

  test("is adopted only where it answers, with the right password", async () => {
    const { port } = server.target();
    await expect(AdoptedServer.adopt(`http://127.0.0.1:${port}`, "wrong")).rejects.toThrow(
      "refuses the password",
    );
    await expect(AdoptedServer.adopt("http://127.0.0.1:1", null)).rejects.toThrow("does not answer");
  });
});
