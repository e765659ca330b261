import { gzipSync } from "node:zlib";
import { bodyBytesMax, largeBodyBytesMax } from "@drover/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, codeOf, echo, faultsOf, idOf, startBench, urlOf } from "../gateway.bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

/** A request as it stands, past what `call` would make right. */
async function send(path: string, init: RequestInit & { duplex?: "half" }) {
  const headers = {
    "Coder-Session-Token": bench.owner.key,
    ...Object.fromEntries(new Headers(init.headers)),
  };
  const response = await fetch(urlOf(bench.gateway, path), { ...init, headers });
  const body: unknown = JSON.parse(await response.text());
  return { status: response.status, headers: response.headers, body };
}
const post = (
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  contentType = "application/json",
  more: Record<string, string> = {},
) => send(path, { method: "POST", body, headers: { "Content-Type": contentType, ...more } });

describe("bodies", () => {
  test("what is not JSON is refused as that", async () => {
    for (const text of ["{", "{'type': 1}", "undefined", "\u0000", ""]) {
      expect(await post("/execute", text)).toMatchObject({ status: 400, body: { code: "malformed_json" } });
    }
  });

  test("JSON that is no object is refused by its field", async () => {
    for (const text of ["null", "[]", '"text"', "7"]) {
      const reply = await post("/execute", text);
      expect(reply).toMatchObject({ status: 400, body: { code: "validation_failed" } });
      expect(faultsOf(reply.body)[0]?.field).toBe("(body)");
    }
  });

  test("a body that is not said to be JSON is refused", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonish"]) {
      const reply = await post("/execute", JSON.stringify(echo()), type);
      expect(reply).toMatchObject({ status: 415, body: { code: "unsupported_media_type" } });
    }
    const latin = await post("/execute", JSON.stringify(echo()), "application/json; charset=klingon");
    expect(latin.status).toBe(415);
    expect((await post("/execute", JSON.stringify(echo()), "application/json; charset=utf-8")).status).toBe(
      202,
    );
  });

  test("a body beyond the operation's limit is refused, and one within it is read whole", async () => {
    const padded = (bytes: number) => JSON.stringify(echo("x".repeat(bytes)));
    expect(await post("/execute", padded(bodyBytesMax))).toMatchObject({
      status: 413,
      body: { code: "body_too_large" },
    });
    expect((await post("/execute", padded(bodyBytesMax - 200))).status).toBe(202);
    expect((await post("/execute/batch", padded(largeBodyBytesMax))).status).toBe(413);
    expect(codeOf((await post("/execute/batch", padded(bodyBytesMax * 2))).body)).toBe("validation_failed");
  });

  test("a compressed body counts by what it becomes", async () => {
    const bomb = gzipSync(JSON.stringify(echo("x".repeat(bodyBytesMax * 4))));
    const reply = await post("/execute", bomb, "application/json", { "Content-Encoding": "gzip" });
    expect(reply.status).toBe(413);
    const small = gzipSync(JSON.stringify(echo()));
    expect((await post("/execute", small, "application/json", { "Content-Encoding": "gzip" })).status).toBe(
      202,
    );
  });

  test("a small body that is nested absurdly deep is refused", async () => {
    const depth = 50_000;
    const value = `${"[".repeat(depth)}${"]".repeat(depth)}`;
    const reply = await post(
      "/execute",
      `{"type":"diagnostics","payload":{"action":"echo","value":${value}}}`,
    );
    expect(reply.status).toBe(400);
    expect(faultsOf(reply.body)[0]?.detail).toContain("nested");
  });

  test("a payload cannot reach the prototype of anything", async () => {
    const text = '{"type":"diagnostics","payload":{"action":"echo","value":{"__proto__":{"polluted":true}}}}';
    expect((await post("/execute", text)).status).toBe(202);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

describe("paths and methods", () => {
  test("an unknown path is a route that does not exist", async () => {
    for (const path of ["/nonsense", "//nonsense", "//api/v2/other"]) {
      const reply = await bench.owner.call("GET", path);
      expect(reply).toMatchObject({
        status: 404,
        body: { code: "route_not_found", message: "Route not found." },
      });
    }
  });

  test("a known path tells which methods it answers", async () => {
    const reply = await bench.owner.call("DELETE", "/execute");
    expect(reply).toMatchObject({ status: 405, body: { code: "method_not_allowed" } });
    expect(reply.headers.get("Allow")).toBe("POST");
    const workflows = await bench.owner.call("PUT", "/agentzero/workflows");
    expect(workflows.headers.get("Allow")?.split(", ").sort()).toEqual(["GET", "HEAD", "POST"]);
  });

  test("a path that can't be decoded is refused, not an error of ours", async () => {
    const reply = await bench.owner.call("GET", "/tasks/%E0%A4%A");
    expect(reply).toMatchObject({ status: 400, body: { code: "validation_failed" } });
    expect((await bench.owner.call("GET", `/tasks/${"x".repeat(200)}`)).status).toBe(400);
  });

  test("HEAD answers like GET without a body", async () => {
    const reply = await bench.owner.call("HEAD", "/me");
    expect(reply.status).toBe(200);
    expect(reply.text).toBe("");
  });
});

describe("headers", () => {
  test("a valid request id is kept, another is replaced", async () => {
    const kept = await bench.owner.call("GET", "/me", { headers: { "X-Request-Id": "abc-123" } });
    expect(kept.headers.get("X-Request-Id")).toBe("abc-123");
    for (const bad of ["a b", "x".repeat(200), "<script>"]) {
      const reply = await bench.owner.call("GET", "/me", { headers: { "X-Request-Id": bad } });
      expect(reply.headers.get("X-Request-Id")).toMatch(/^req_/);
    }
  });

  test("a request is answered in the caller's trace", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const reply = await bench.owner.call("POST", "/execute", { body: echo(), headers: { traceparent } });
    expect(reply.headers.get("X-Trace-Id")).toBe("0af7651916cd43dd8448eb211c80319c");
    expect(reply.body).toMatchObject({ trace_id: "0af7651916cd43dd8448eb211c80319c" });
  });

  test("every answer forbids what a browser should not do with it, and errors say so too", async () => {
    for (const path of ["/me", "/nonsense", "//healthz"]) {
      const { headers } = await bench.owner.call("GET", path);
      expect(headers.get("Content-Security-Policy")).toContain("default-src 'none'");
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(headers.get("X-Powered-By")).toBeNull();
      expect(headers.get("X-Request-Id")).not.toBeNull();
    }
  });

  test("an error has exactly the body of the contract, and no stack", async () => {
    const reply = await bench.owner.call("GET", "/tasks?limit=x");
    expect(reply.body).toEqual({
      code: expect.anything(),
      detail: expect.anything(),
      message: expect.anything(),
      validations: expect.anything(),
    });
    expect(reply.text).not.toContain("at ");
  });
});

describe("outside the prefix", () => {
  test("health, readiness and the document need no key", async () => {
    expect((await bench.nobody.call("GET", "//healthz")).body).toEqual({ status: "ok", reasons: [] });
    expect((await bench.nobody.call("GET", "//readyz")).status).toBe(200);
    expect((await bench.nobody.call("GET", "//openapi.json")).body).toMatchObject({ openapi: "3.1.0" });
  });

  test("metrics are on their own port only, by route pattern", async () => {
    const { body } = await bench.owner.call("POST", "/execute", { body: echo() });
    await bench.owner.call("GET", `/tasks/${idOf(body)}`);
    expect((await bench.owner.call("GET", "//metrics")).status).toBe(404);
    const response = await fetch(`http://127.0.0.1:${bench.gateway.metricsPort}/metrics`);
    const text = await response.text();
    expect(text).toContain('route="/api/v2/agents/tasks/{task_id}",method="GET",code="200"');
    expect(text).not.toContain(idOf(body));
  });
});
