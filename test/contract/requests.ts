/** What holds for every request: its credential, its id, its limits, its path and its method. */
import { gzipSync } from "node:zlib";
import { type Operation, operations } from "@drover/contracts";
import { describe, expect, test } from "vitest";
import { ask, prefix } from "../e2e/api.ts";
import { expectError } from "./document.ts";
import { someParams } from "./shape-cases.ts";
import { anotherAddress, pathOf, type World } from "./world.ts";

const all: readonly Operation[] = Object.values(operations);
const paths = [...new Set(all.map(({ path }) => path))];

export function testRequests(world: World): void {
  describe("every request", () => {
    test("a path that nobody answers is 404 route_not_found", async () => {
      for (const path of [`${prefix}/nope`, `${prefix}/tasks/a/b/c`, "/nope", "/metrics", "/", `${prefix}`]) {
        const answer = await ask(world.stack, path);
        expect([path, answer.status, expectError(answer)]).toEqual([path, 404, "route_not_found"]);
        expect(answer.headers.get("X-Request-Id")).toMatch(/^req_/);
      }
    });

    test.each(paths)("%s answers 405 to other methods and names its own", async (path) => {
      const here = all.filter((operation) => operation.path === path);
      const [first] = here;
      if (first === undefined) throw new Error("a path without an operation");
      const answer = await ask(world.stack, pathOf(first, { params: someParams(first) }), {
        method: "PATCH",
      });
      expect([answer.status, expectError(answer)]).toEqual([405, "method_not_allowed"]);
      const allowed = here.flatMap(({ method }) =>
        method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()],
      );
      expect(answer.headers.get("Allow")?.split(", ").sort()).toEqual(allowed.sort());
    });

    test("a path that is no text is 400", async () => {
      const answer = await ask(world.stack, `${prefix}/tasks/%E0%A4%A`);
      expect([answer.status, expectError(answer)]).toEqual([400, "validation_failed"]);
    });

    test("a valid X-Request-Id is kept, another is replaced", async () => {
      const sent = async (id: string) =>
        (await world.call("getMe", { headers: { "X-Request-Id": id } })).headers.get("X-Request-Id");
      expect(await sent("build-7/42")).toBe("build-7/42");
      expect(await sent("a b")).toMatch(/^req_/);
      expect(await sent("x".repeat(129))).toMatch(/^req_/);
    });

    test("X-Trace-Id is the trace of the caller where it sent one, and a new one else", async () => {
      const traceId = "0af7651916cd43dd8448eb211c80319c";
      const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
      const traced = await world.call("getMe", { headers: { traceparent } });
      expect(traced.headers.get("X-Trace-Id")).toBe(traceId);
      const own = await world.call("getMe");
      expect(own.headers.get("X-Trace-Id")).toMatch(/^(?!0af7)[0-9a-f]{32}$/);
    });

    test("what is left of the rate is told", async () => {
      const numbers = async () => {
        const { headers } = await world.call("getMe");
        return ["Limit", "Remaining", "Reset"].map((name) => Number(headers.get(`X-RateLimit-${name}`)));
      };
      const [limit = 0, remaining = 0, resetSeconds = 0] = await numbers();
      expect(limit).toBe(60_000);
      expect(remaining).toBeLessThan(limit);
      expect(Math.abs(resetSeconds - Date.now() / 1000)).toBeLessThan(62);
      expect((await numbers())[1]).toBeLessThan(remaining);
    });

    test("the key may come as cookie, header or bearer token, looked for in this order", async () => {
      const { key } = world.stack;
      const wrong = `drv_${"z".repeat(12)}_${"y".repeat(40)}`;
      const status = async (headers: Record<string, string>) =>
        (await world.call("getMe", { key: null, headers: { ...anotherAddress(), ...headers } })).status;
      expect(await status({ Cookie: `a=b; coder_session_token=${key}` })).toBe(200);
      expect(await status({ "Coder-Session-Token": key })).toBe(200);
      expect(await status({ Authorization: `Bearer ${key}` })).toBe(200);
      expect(await status({ Cookie: `coder_session_token=${wrong}`, "Coder-Session-Token": key })).toBe(401);
      expect(await status({ "Coder-Session-Token": wrong, Authorization: `Bearer ${key}` })).toBe(401);
      expect(await status({ Authorization: `Basic ${key}` })).toBe(401);
    });

    test("a key in the query counts for no ordinary request", async () => {
      const path = `${prefix}/me?coder_session_token=${world.stack.key}`;
      const answer = await ask(world.stack, path, { key: null, headers: anotherAddress() });
      expect(answer.status).toBe(401);
    });

    test("a cookie changes nothing on behalf of another site's page", async () => {
      const body = { type: "diagnostics", payload: { action: "echo", value: 1 } };
      const post = async (headers: Record<string, string>) => {
        const cookie = { Cookie: `coder_session_token=${world.stack.key}` };
        return (await world.call("executeTask", { key: null, body, headers: { ...cookie, ...headers } }))
          .status;
      };
      expect(await post({ "Sec-Fetch-Site": "cross-site" })).toBe(403);
      expect(await post({ "Sec-Fetch-Site": "same-site" })).toBe(403);
      expect(await post({ Origin: "https://example.com" })).toBe(403);
      expect(await post({ Origin: world.stack.url })).toBe(202);
    });

    test("who guesses keys is told to wait, and whoever has one is not", async () => {
      const headers = anotherAddress();
      const guess = () => world.call("getMe", { key: null, headers });
      const answers = await Promise.all(Array.from({ length: 70 }, guess));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 429]));
      const refused = await guess();
      expect([refused.status, Object(refused.body)["code"]]).toEqual([429, "rate_limited"]);
      expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
      expect((await world.call("getMe", { headers })).status).toBe(200);
    });

    test("a body counts as large as it unpacks", async () => {
      const packed = gzipSync(`{"name":"${"x".repeat(2 * 1024 * 1024)}"}`);
      const answer = await fetch(`${world.stack.url}${prefix}/execute`, {
        method: "POST",
        body: packed,
        headers: {
          "Coder-Session-Token": world.stack.key,
          "Content-Type": "application/json",
          "Content-Encoding": "gzip",
        },
      });
      expect([answer.status, await answer.json()]).toMatchObject([413, { code: "body_too_large" }]);
    });

    test("a field named like a part of every object is an unknown field", async () => {
      for (const name of ["__proto__", "constructor"]) {
        const body = `{"type":"diagnostics","payload":{"action":"echo","value":1},"${name}":{"x":1}}`;
        const answer = await world.call("executeTask", { body });
        expect([name, answer.status]).toEqual([name, 400]);
      }
    });

    test("HEAD answers as GET does, without a body", async () => {
      const answer = await ask(world.stack, `${prefix}/tasks`, { method: "HEAD" });
      expect([answer.status, answer.text]).toEqual([200, ""]);
    });
  });
}
