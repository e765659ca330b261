import { once } from "node:events";
import { createLogger } from "@drover/observability";
import { eventually, startRedis } from "@drover/testing";
import { describe, expect, test } from "vitest";
import WebSocket from "ws";
import { benchConfig, codeOf, echo, idOf, startBench, urlOf } from "./gateway.bench.ts";
import { startGateway } from "./gateway.ts";

/** How long the work took, in milliseconds, and what came of it. */
async function timed<T>(work: () => Promise<T>): Promise<{ tookMs: number; result: T }> {
  const startedMs = performance.now();
  const result = await work();
  return { tookMs: performance.now() - startedMs, result };
}

test("what no replica has is not acknowledged where replicas are asked for, and reading goes on", async () => {
  await using bench = await startBench({ environment: { DROVER_REDIS_REPLICAS: "1" } });
  const { tookMs, result } = await timed(() => bench.owner.call("POST", "/execute", { body: echo() }));
  expect(result).toMatchObject({ status: 503, body: { code: "redis_unavailable" } });
  expect(tookMs).toBeLessThan(5_000);
  expect((await bench.owner.call("GET", "/tasks")).status).toBe(200);
});

describe("without Redis", () => {
  const calls = [
    ["POST", "/execute", { body: echo() }],
    ["POST", "/execute", { body: echo(), headers: { "Idempotency-Key": "outage" } }],
    ["GET", "/tasks/task_01jd3f00000000000000000000", {}],
    ["GET", "/tasks", {}],
    ["GET", "/queues", {}],
    ["GET", "/queues/docker/demand", {}],
    ["GET", "/registry", {}],
    ["GET", "/keys", {}],
    ["POST", "/agentzero/compose", { body: { goal: "x" } }],
    ["POST", "/opencode/register", { body: { workspace_id: "ws-1", runtime: "process" } }],
  ] as const;

  test("every request fails in time with 503 and when to come back, also the first ones, and works again after", async () => {
    await using bench = await startBench({ durable: true });
    await bench.redis.kill();
    for (const [method, path, options] of calls) {
      const { tookMs, result } = await timed(() => bench.owner.call(method, path, options));
      expect(`${method} ${path} ${result.status} ${codeOf(result.body)}`).toBe(
        `${method} ${path} 503 redis_unavailable`,
      );
      expect(result.headers.get("Retry-After")).toBe("1");
      expect(tookMs).toBeLessThan(3_000);
    }
    expect((await bench.owner.call("GET", "//readyz")).status).toBe(503);
    expect((await bench.owner.call("GET", "//healthz")).status).toBe(200);
    const wrong = await bench.withKey(`drv_nobody00_${"x".repeat(40)}`).call("GET", "/me");
    expect(wrong.status).toBe(503);
    await bench.redis.restart();
    await eventually(async () => (await bench.owner.call("GET", "//readyz")).status === 200);
    expect((await bench.owner.call("GET", "/me")).status).toBe(200);
  });

  test("a Redis that holds its connections and answers nothing is an outage as well", async () => {
    await using bench = await startBench();
    bench.redis.freeze();
    try {
      for (const [method, path, options] of calls.slice(0, 4)) {
        const { tookMs, result } = await timed(() => bench.owner.call(method, path, options));
        expect(result).toMatchObject({ status: 503, body: { code: "redis_unavailable" } });
        expect(tookMs).toBeLessThan(4_000);
      }
    } finally {
      bench.redis.thaw();
    }
  });

  test("a gateway that starts before Redis answers meanwhile, and takes the bootstrap key when it is there", async () => {
    await using redis = await startRedis();
    await redis.kill();
    const config = benchConfig(redis.url);
    const logger = createLogger({ service: "test", level: "silent" });
    await using gateway = await startGateway({ config, logger });
    const headers = { "Coder-Session-Token": config.bootstrapKey ?? "" };
    for (const path of ["/me", "/queues", "/tasks"]) {
      const { tookMs, result } = await timed(() => fetch(urlOf(gateway, path), { headers }));
      expect(result.status).toBe(503);
      expect(tookMs).toBeLessThan(3_000);
    }
    await redis.restart();
    await eventually(async () => (await fetch(urlOf(gateway, "/me"), { headers })).status === 200);
    expect((await fetch(urlOf(gateway, "/queues"), { headers })).status).toBe(200);
  });
});

describe("stopping", () => {
  test("streams are ended, waits answered, and nothing is left", async () => {
    const bench = await startBench();
    const { body } = await bench.owner.call("POST", "/execute", { body: echo() });
    const headers = { "Coder-Session-Token": bench.owner.key };
    const eventsUrl = urlOf(bench.gateway, `/tasks/${idOf(body)}/events`);
    const socket = new WebSocket(eventsUrl.replace("http", "ws"), { headers });
    await once(socket, "message");
    const sse = await fetch(eventsUrl, { headers });
    const waiting = bench.owner.call("GET", `/tasks/${idOf(body)}?wait=60`);
    const metrics = async () =>
      await (await fetch(`http://127.0.0.1:${bench.gateway.metricsPort}/metrics`)).text();
    await eventually(async () => /requests_in_flight\{method="GET"[^}]*\} 3/.test(await metrics()));

    const closed = once(socket, "close");
    const { tookMs } = await timed(async () => await bench.gateway[Symbol.asyncDispose]());
    expect((await closed)[0]).toBe(1001);
    expect(await sse.text()).toContain("event: task.queued");
    expect((await waiting).body).toMatchObject({ status: "queued" });
    expect(tookMs).toBeLessThan(2_000);
    await expect(fetch(eventsUrl, { headers })).rejects.toThrow();
    await bench.redis.stop();
  });

  test("a client that never finishes its request does not hold the gateway up beyond the drain", async () => {
    const bench = await startBench({ environment: { DROVER_DRAIN_SECONDS: "1" } });
    const { connect } = await import("node:net");
    const { hostname, port } = new URL(bench.gateway.url);
    const slow = connect(Number(port), hostname);
    slow.on("error", () => undefined);
    slow.write(
      `POST /api/v2/agents/execute HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nContent-Type: application/json\r\nCoder-Session-Token: ${bench.owner.key}\r\n\r\n{`,
    );
    const metrics = async () =>
      await (await fetch(`http://127.0.0.1:${bench.gateway.metricsPort}/metrics`)).text();
    await eventually(async () => /requests_in_flight\{method="POST"[^}]*\} 1/.test(await metrics()));
    const { tookMs } = await timed(async () => await bench.gateway[Symbol.asyncDispose]());
    expect(tookMs).toBeLessThan(3_000);
    await bench.redis.stop();
  });
});
