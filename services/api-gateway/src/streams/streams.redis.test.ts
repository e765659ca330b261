import { once } from "node:events";
import { eventually } from "@drover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { type Bench, echo, idOf, resultOf, startBench, urlOf } from "../gateway.bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench({ limits: { streamsMax: 3, recheckMs: 50 } });
});
afterAll(() => bench[Symbol.asyncDispose]());

async function newTask(organization_id = "default"): Promise<string> {
  const made = await bench.owner.call("POST", "/execute", { body: { ...echo(), organization_id } });
  return idOf(made.body);
}

async function finishedTask(): Promise<string> {
  const id = await newTask();
  const claim = await bench.claim(id);
  await claim.report("progress", { percent: 50 });
  await claim.report("output", { text: "half" });
  await claim.complete(resultOf("done"));
  return id;
}

const types = ["task.queued", "task.started", "task.progress", "task.output", "task.completed"];

describe("SSE", () => {
  const read = (id: string, query = "", headers: Record<string, string> = {}) =>
    bench.owner.call("GET", `/tasks/${id}/events${query}`, { headers });
  const fieldsOf = (text: string, name: string) =>
    [...text.matchAll(new RegExp(`^${name}: (.*)$`, "gm"))].map(([, value]) => value ?? "");

  test("all events of a task are told in order, and the stream ends after the final one", async () => {
    const { status, headers, text } = await read(await finishedTask());
    expect(status).toBe(200);
    expect(headers.get("Content-Type")).toBe("text/event-stream; charset=utf-8");
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(fieldsOf(text, "event")).toEqual(types);
    const events = fieldsOf(text, "data").map((data) => JSON.parse(data));
    expect(events.map((event) => event.id)).toEqual(fieldsOf(text, "id"));
    expect(events[2]).toMatchObject({ type: "task.progress", data: { percent: 50 } });
  });

  test("a client that comes back is told what it has not seen, by header or by query", async () => {
    const id = await finishedTask();
    const ids = fieldsOf((await read(id)).text, "id");
    const byHeader = await read(id, "", { "Last-Event-ID": ids[1] ?? "" });
    expect(fieldsOf(byHeader.text, "event")).toEqual(types.slice(2));
    const byQuery = await read(id, `?after=${ids[3]}`);
    expect(fieldsOf(byQuery.text, "event")).toEqual(types.slice(4));
    // The header is of the client that comes back, the query of the address that it began with.
    const both = await read(id, `?after=${ids[0]}`, { "Last-Event-ID": ids[3] ?? "" });
    expect(fieldsOf(both.text, "event")).toEqual(types.slice(4));
    expect(fieldsOf((await read(id, `?after=${ids[4]}`)).text, "event")).toEqual([]);
    expect((await read(id, "?after=yesterday")).status).toBe(400);
  });

  test("events are told as they happen", async () => {
    const id = await newTask();
    const response = await fetch(urlOf(bench.gateway, `/tasks/${id}/events`), {
      headers: { "Coder-Session-Token": bench.owner.key },
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const seen = async (type: string) => {
      while (!text.includes(`event: ${type}\n`)) text += (await reader?.read())?.value ?? "";
    };
    await seen("task.queued");
    const claim = await bench.claim(id);
    await seen("task.started");
    await claim.complete(resultOf(1));
    await seen("task.completed");
    expect((await reader?.read())?.done).toBe(true);
  });

  test("a run's stream carries its own and its steps' events", async () => {
    const steps = [{ id: "a", agent: "diagnostics", task: "echo", parameters: { value: 1 } }];
    const { body } = await bench.owner.call("POST", "/agentzero/workflows", { body: { name: "s", steps } });
    await bench.owner.call("POST", `/agentzero/workflows/${idOf(body)}/cancel`);
    const { text } = await bench.owner.call("GET", `/agentzero/workflows/${idOf(body)}/events`);
    expect(fieldsOf(text, "event")).toContain("workflow.queued");
    expect(fieldsOf(text, "event").at(-1)).toBe("workflow.cancelled");
  });
});

describe("WebSocket", () => {
  const address = (path: string) => urlOf(bench.gateway, path).replace("http", "ws");
  const open = (path: string, headers: Record<string, string> = { "Coder-Session-Token": bench.owner.key }) =>
    new WebSocket(address(path), { headers });

  async function collect(
    socket: WebSocket,
  ): Promise<{ events: { id: string; type: string }[]; code: number }> {
    const events: { id: string; type: string }[] = [];
    socket.on("message", (data) => events.push(JSON.parse(data.toString())));
    const [code] = await once(socket, "close");
    return { events, code };
  }

  /** What the server answers in place of an upgrade. */
  async function refused(
    socket: WebSocket,
  ): Promise<{ status: number; headers: object; body: { code: string } }> {
    const [, response] = await once(socket, "unexpected-response");
    let text = "";
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode, headers: response.headers, body: JSON.parse(text) };
  }

  test("each message is one event, and the close after the final one is 1000", async () => {
    const id = await finishedTask();
    const all = await collect(open(`/tasks/${id}/events`));
    expect(all.events.map((event) => event.type)).toEqual(types);
    expect(all.code).toBe(1000);
    const rest = await collect(open(`/tasks/${id}/events?after=${all.events[2]?.id}`));
    expect(rest.events.map((event) => event.type)).toEqual(types.slice(3));
  });

  test("events are told as they happen", async () => {
    const id = await newTask();
    const socket = open(`/tasks/${id}/events`);
    const collecting = collect(socket);
    await once(socket, "message");
    const claim = await bench.claim(id);
    await claim.complete(resultOf(1));
    const { events, code } = await collecting;
    expect(events.map((event) => event.type)).toEqual(["task.queued", "task.started", "task.completed"]);
    expect(code).toBe(1000);
  });

  test("without a valid key the answer is 401 before any upgrade", async () => {
    const id = await newTask();
    for (const headers of [{}, { "Coder-Session-Token": `drv_nobody00_${"x".repeat(40)}` }]) {
      const reply = await refused(open(`/tasks/${id}/events`, headers));
      expect(reply.status).toBe(401);
      expect(reply.body.code).toBe("unauthenticated");
      expect(reply.headers).toMatchObject({ "www-authenticate": 'Bearer realm="drover"' });
      expect(reply.headers).toHaveProperty("x-request-id");
    }
  });

  test("a key may be in the query, where a browser can put nothing else", async () => {
    const id = await finishedTask();
    const socket = open(`/tasks/${id}/events?coder_session_token=${bench.owner.key}`, {});
    expect((await collect(socket)).code).toBe(1000);
  });

  test("what may not be read is 404 before any upgrade, and what does not stream is no socket", async () => {
    const id = await newTask("org-b");
    const stranger = await bench.caller({ role: "owner", organization_id: "org-a" });
    const headers = { "Coder-Session-Token": stranger.key };
    const hidden = await refused(open(`/tasks/${id}/events`, headers));
    const missing = await refused(open("/tasks/task_01jd3f00000000000000000000/events", headers));
    expect(hidden.status).toBe(404);
    expect(hidden.body).toEqual(missing.body);
    expect((await refused(open("/nonsense"))).body.code).toBe("route_not_found");
    expect((await refused(open("/me"))).status).toBe(200);
    expect((await refused(open(`/tasks/${id}/events?after=x`))).status).toBe(400);
  });

  test("another site's page opens no socket with a cookie", async () => {
    const id = await finishedTask();
    const cookie = { Cookie: `coder_session_token=${bench.owner.key}` };
    const foreign = await refused(open(`/tasks/${id}/events`, { ...cookie, Origin: "https://evil.example" }));
    expect(foreign).toMatchObject({ status: 403, body: { code: "forbidden" } });
    const own = open(`/tasks/${id}/events`, { ...cookie, Origin: bench.gateway.url });
    expect((await collect(own)).code).toBe(1000);
  });

  test("a principal holds only so many streams open, and may open another when one is closed", async () => {
    const id = await newTask();
    const caller = await bench.caller({ role: "viewer" });
    const headers = { "Coder-Session-Token": caller.key };
    const sockets = [1, 2, 3].map(() => open(`/tasks/${id}/events`, headers));
    await Promise.all(sockets.map((socket) => once(socket, "open")));
    const fourth = await refused(open(`/tasks/${id}/events`, headers));
    expect(fourth).toMatchObject({ status: 429, body: { code: "rate_limited" } });
    expect((await caller.call("GET", `/tasks/${id}/events`)).status).toBe(429);
    sockets[0]?.close();
    await eventually(async () => {
      const again = open(`/tasks/${id}/events`, headers);
      const opened = await Promise.race([
        once(again, "open").then(() => true),
        refused(again).then(() => false),
      ]);
      if (opened) sockets.push(again);
      return opened;
    });
    for (const socket of sockets) socket.close();
  });
});

test.each(["SSE", "WebSocket"])("a key that is revoked cuts its open streams off (%s)", async (by) => {
  const id = await newTask();
  const caller = await bench.caller({ role: "viewer" });
  const headers = { "Coder-Session-Token": caller.key };
  const url = urlOf(bench.gateway, `/tasks/${id}/events`);
  const [, keyId] = caller.key.split("_");
  const revoke = async () =>
    expect((await bench.owner.call("DELETE", `/keys/key_${keyId}`)).status).toBe(204);
  if (by === "SSE") {
    const response = await fetch(url, { headers });
    expect(response.status).toBe(200);
    await revoke();
    await expect(response.text()).rejects.toThrow();
  } else {
    const socket = new WebSocket(url.replace(/^http/, "ws"), { headers });
    await once(socket, "open");
    await revoke();
    const [code] = await once(socket, "close");
    expect(code).toBe(1008);
  }
});

test("an ordinary request that offers HTTP/2 is answered over HTTP/1.1", async () => {
  const { connect } = await import("node:net");
  const { hostname, port } = new URL(bench.gateway.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `GET /healthz HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
  );
  let text = "";
  for await (const chunk of socket) text += chunk;
  expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(text).toContain('{"status":"ok","reasons":[]}');
});
