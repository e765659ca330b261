import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:http2";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createWebSocketStream, WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { serveTunnel } from "./serve-tunnel.ts";
import { tunnelFaultHeader, tunnelLimits } from "./tunnel-limits.ts";
import { openTunnelWorld, password, type TunnelWorld } from "./tunnel-world.fixture.ts";

const worlds: AsyncDisposable[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

async function world(...setup: Parameters<typeof openTunnelWorld>): Promise<TunnelWorld> {
  const opened = await openTunnelWorld(...setup);
  worlds.push(opened);
  return opened;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const heardBy = z.looseObject({ headers: z.record(z.string(), z.string()) });
const hash = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

/** Tells how it was asked. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  response.writeHead(201, { "content-type": "application/json", "x-own": "1", "set-cookie": "a=b" });
  const { method, url, headers } = request;
  response.end(JSON.stringify({ method, url, headers, body: body.toString() }));
}

describe("a request through a tunnel", { timeout: 30_000 }, () => {
  test("arrives as it was sent, with the workspace's own password and host, and without the sender's", async () => {
    const { url } = await world(echo);
    const answer = await fetch(`${url}/session/a%2Fb?directory=%2Ftmp&x=1`, {
      method: "POST",
      headers: {
        authorization: "Bearer of-the-gateway",
        cookie: "coder_session_token=x",
        "x-forwarded-for": "1.2.3.4",
        "x-opencode-directory": "%2Ftmp",
        "content-type": "application/json",
      },
      body: '{"a":1}',
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("x-own")).toBe("1");
    expect(answer.headers.get("set-cookie")).toBeNull();
    const heard = heardBy.parse(await answer.json());
    expect(heard).toMatchObject({
      method: "POST",
      url: "/session/a%2Fb?directory=%2Ftmp&x=1",
      body: '{"a":1}',
    });
    expect(heard.headers).toMatchObject({
      authorization: `Basic ${btoa(`opencode:${password}`)}`,
      "x-opencode-directory": "%2Ftmp",
      host: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    for (const name of ["cookie", "x-forwarded-for"]) expect(heard.headers).not.toHaveProperty(name);
  });

  test.each(["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])("may be a %s", async (method) => {
    const { url } = await world(echo);
    const answer = await fetch(`${url}/x`, { method });
    expect(answer.status).toBe(201);
    const text = await answer.text();
    if (method === "HEAD") expect(text).toBe("");
    else expect(JSON.parse(text)).toMatchObject({ method });
  });

  test("cannot name another host, port or protocol", async () => {
    const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(sockets, "listening");
    const address = sockets.address();
    const asked: string[] = [];
    const local = await world((request, response) => {
      asked.push(`${request.headers.host} ${request.url}`);
      response.end();
    });
    const dialled = new WebSocket(`ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
    const [[socket]] = await Promise.all([once(sockets, "connection"), once(dialled, "open")]);
    await serveTunnel(dialled, () => local.target);
    const session = connect("http://elsewhere.invalid", {
      createConnection: () => createWebSocketStream(socket),
    });
    session.on("error", () => undefined);
    const statusOf = async (headers: Record<string, string>) => {
      const stream = session.request(headers).resume();
      // What is no path at all is refused by HTTP/2 itself, before it is ours to refuse.
      return await once(stream, "response").then(
        ([answer]) => answer[":status"],
        () => 400,
      );
    };
    expect(await statusOf({ ":path": "http://169.254.169.254/latest" })).toBe(400);
    expect(await statusOf({ ":path": "*", ":method": "OPTIONS" })).toBe(400);
    expect(await statusOf({ ":path": "/x", ":method": "TRACE" })).toBe(400);
    expect(asked).toEqual([]);
    expect(await statusOf({ ":path": "//169.254.169.254/latest", ":authority": "169.254.169.254" })).toBe(
      200,
    );
    expect(asked).toEqual([`127.0.0.1:${local.target?.port} //169.254.169.254/latest`]);
    session.destroy();
    dialled.terminate();
    sockets.close();
  });
});

describe("bodies", { timeout: 60_000 }, () => {
  test("of 12 MB pass whole in both directions at once, while small requests overtake them", async () => {
    const big = randomBytes(12 * 1024 * 1024);
    const { url } = await world(async (request, response) => {
      if (request.url === "/small") response.end("small");
      else if (request.method === "GET") response.end(big);
      else response.end(hash(await bodyOf(request).catch(() => Buffer.alloc(0))));
    });
    const up = fetch(`${url}/up`, { method: "POST", body: big }).then((answer) => answer.text());
    const down = fetch(`${url}/down`).then(async (answer) => hash(Buffer.from(await answer.arrayBuffer())));
    for (let count = 0; count < 10; count += 1)
      expect(await (await fetch(`${url}/small`)).text()).toBe("small");
    expect(await Promise.all([up, down])).toEqual([hash(big), hash(big)]);
  });

  test("are not read on by a workspace whose reader stands still", async () => {
    let sent = 0;
    const { url } = await world((_request, response) => {
      const piece = Buffer.alloc(64 * 1024);
      const write = () => {
        while (sent < 64 * 1024 * 1024) {
          sent += piece.length;
          if (!response.write(piece)) return;
        }
        response.end();
      };
      response.on("drain", write);
      write();
    });
    const reader = ask(`${url}/`).end();
    const [answer] = await once(reader, "response");
    answer.pause();
    let before = -1;
    await vi.waitUntil(
      () => {
        const still = sent === before;
        before = sent;
        return still;
      },
      { interval: 300, timeout: 8_000 },
    );
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    reader.destroy();
  });

  test("beyond the limit are refused, whether announced or not", async () => {
    const { url } = await world(async (request, response) => {
      await bodyOf(request).catch(() => undefined);
      response.end();
    });
    const piece = Buffer.alloc(1024 * 1024);
    const announced = await fetch(url, {
      method: "POST",
      body: Buffer.alloc(tunnelLimits.requestBytesMax + 1),
    });
    expect(announced.status).toBe(413);
    const streamed = ask(url, { method: "POST" });
    streamed.on("error", () => undefined);
    const answered = once(streamed, "response");
    for (let count = 0; count <= tunnelLimits.requestBytesMax / piece.length; count += 1)
      streamed.write(piece);
    const [answer] = await answered;
    expect(answer.statusCode).toBe(413);
    streamed.destroy();
  });
});

describe("streams of events", { timeout: 60_000 }, () => {
  test("pass event by event, and end at OpenCode when the reader leaves", async () => {
    let left = false;
    let say: (text: string) => void = () => {};
    const { url } = await world((request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: hello\n\n");
      say = (text) => response.write(text);
      request.once("close", () => {
        left = true;
      });
    });
    const leave = new AbortController();
    const answer = await fetch(`${url}/event`, { signal: leave.signal });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe("data: hello\n\n");
    say("data: second\n\n");
    expect((await reader?.read())?.value).toBe("data: second\n\n");
    leave.abort();
    await vi.waitUntil(() => left, { timeout: 10_000 });
  });

  test("a hundred are open at once, and each gets its own", async () => {
    const { url } = await world((request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${request.url}\n\n`);
    });
    const leave = new AbortController();
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, count) => {
        const answer = await fetch(`${url}/event/${count}`, { signal: leave.signal });
        const piece = await answer.body?.pipeThrough(new TextDecoderStream()).getReader().read();
        return piece?.value;
      }),
    );
    expect(answers).toEqual(Array.from({ length: 100 }, (_, count) => `data: /event/${count}\n\n`));
    leave.abort();
  });
});

describe("what fails", { timeout: 30_000 }, () => {
  const faultOf = (answer: Response) => [answer.status, answer.headers.get(tunnelFaultHeader)];

  test("a cut ends what is under way and says that it may have arrived; the next is told that there is no tunnel", async () => {
    let arrived = 0;
    const cut = await world((request, response) => {
      arrived += 1;
      if (request.url !== "/stream") return;
      response.writeHead(200);
      response.write("first");
    });
    const streaming = await fetch(`${cut.url}/stream`);
    const waiting = fetch(`${cut.url}/waits`);
    await vi.waitUntil(() => arrived === 2, { timeout: 10_000 });
    cut.connection.resetAndDestroy();
    expect(faultOf(await waiting)).toEqual([502, "lost"]);
    await expect(streaming.text()).rejects.toThrow();
    await cut.session.closed;
    expect(faultOf(await fetch(cut.url))).toEqual([502, "absent"]);
    await vi.waitUntil(() => cut.dialled.readyState === WebSocket.CLOSED, { timeout: 10_000 });
  });

  test("an OpenCode that is not there is told apart from one that breaks off", async () => {
    const broken = await world((request) => {
      request.socket.destroy();
    });
    expect(faultOf(await fetch(broken.url))).toEqual([502, "lost"]);
    broken.target = { host: "127.0.0.1", port: 1, authorization: null };
    expect(faultOf(await fetch(broken.url, { method: "POST", body: "x".repeat(100_000) }))).toEqual([
      502,
      "unreachable",
    ]);
    broken.target = null;
    expect(faultOf(await fetch(broken.url))).toEqual([502, "unreachable"]);
    expect(broken.session.open).toBe(true);
  });

  test("OpenCode cannot pretend that a request was not sent", async () => {
    const { url } = await world((_request, response) => {
      response.writeHead(502, { [tunnelFaultHeader]: "absent" }).end();
    });
    expect(faultOf(await fetch(url))).toEqual([502, null]);
  });

  test("a tunnel whose other end says nothing any more is given up", async () => {
    const silent = await world(echo, { pingMs: 50, silenceMaxMs: 200 });
    await fetch(silent.url);
    // A connection that is open and dead: nothing is read at the other end, so no ping is answered.
    silent.dialled.pause();
    await silent.session.closed;
    expect(faultOf(await fetch(silent.url))).toEqual([502, "absent"]);
  });
});
