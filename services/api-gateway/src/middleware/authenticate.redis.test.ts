import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, echo, startBench } from "../gateway.bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench({ limits: { failuresPerMinute: 40 } });
});
afterAll(() => bench[Symbol.asyncDispose]());

const wrongKey = `drv_nobody00_${"x".repeat(40)}`;
const me = (headers: Record<string, string>) => bench.nobody.call("GET", "/me", { headers });

describe("credentials", () => {
  test("a key is taken as cookie, header or bearer token", async () => {
    const { key } = bench.owner;
    expect((await me({ Cookie: `theme=dark; coder_session_token=${key}` })).status).toBe(200);
    expect((await me({ "Coder-Session-Token": key })).status).toBe(200);
    expect((await me({ Authorization: `Bearer ${key}` })).status).toBe(200);
    expect((await me({ Authorization: `bearer ${key}` })).status).toBe(200);
  });

  test("the first place that holds one counts", async () => {
    const { key } = bench.owner;
    const both = { Cookie: `coder_session_token=${wrongKey}`, "Coder-Session-Token": key };
    expect((await me(both)).status).toBe(401);
    expect((await me({ "Coder-Session-Token": key, Authorization: `Bearer ${wrongKey}` })).status).toBe(200);
  });

  test("without a valid key the answer is 401, and says how to ask", async () => {
    const changed = `${bench.owner.key.slice(0, -1)}c`;
    for (const token of ["", wrongKey, changed, "nonsense", `${bench.owner.key} `, "drv_'; DROP_x"]) {
      const reply = await me(token === "" ? {} : { Authorization: `Basic ${token}` });
      expect(reply).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
      expect(reply.headers.get("WWW-Authenticate")).toBe('Bearer realm="drover"');
    }
    expect((await me({ "Coder-Session-Token": changed })).status).toBe(401);
    expect((await me({ "Coder-Session-Token": wrongKey })).text).not.toContain("x".repeat(10));
  });

  test("a query parameter is no credential of an ordinary request", async () => {
    const reply = await bench.nobody.call("GET", `/me?coder_session_token=${bench.owner.key}`);
    expect(reply.status).toBe(401);
  });

  test("every operation but the public ones needs a key", async () => {
    for (const [method, path] of [
      ["POST", "/execute"],
      ["GET", "/tasks"],
      ["GET", "/tasks/task_01jd3f00000000000000000000/events"],
      ["POST", "/agentzero/compose"],
      ["GET", "/queues"],
      ["POST", "/keys"],
      ["POST", "/opencode/register"],
    ] as const) {
      expect((await bench.nobody.call(method, path)).status).toBe(401);
    }
  });
});

describe("cookies", () => {
  const change = (headers: Record<string, string>) =>
    bench.nobody.call("POST", "/execute", {
      body: echo(),
      headers: { Cookie: `coder_session_token=${bench.owner.key}`, ...headers },
    });

  test("another site's page changes nothing with a cookie", async () => {
    for (const headers of [
      { Origin: "https://evil.example" },
      { Origin: "null" },
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site", Origin: bench.gateway.url },
    ]) {
      expect(await change(headers)).toMatchObject({ status: 403, body: { code: "forbidden" } });
    }
  });

  test("our own page does, and so does a client that is no browser", async () => {
    expect((await change({ Origin: bench.gateway.url })).status).toBe(202);
    expect((await change({ "Sec-Fetch-Site": "same-origin" })).status).toBe(202);
    expect((await change({})).status).toBe(202);
  });

  test("a header is not sent by another's page unasked, so it needs no origin", async () => {
    const reply = await bench.owner.call("POST", "/execute", {
      body: echo(),
      headers: { Origin: "https://evil.example" },
    });
    expect(reply.status).toBe(202);
  });
});

test("who fails too often from one address is told to wait, and a valid key still works from there", async () => {
  let reply = await me({ "Coder-Session-Token": wrongKey });
  for (let i = 0; i < 45 && reply.status === 401; i += 1)
    reply = await me({ "Coder-Session-Token": wrongKey });
  expect(reply).toMatchObject({ status: 429, body: { code: "rate_limited" } });
  expect(Number(reply.headers.get("Retry-After"))).toBeGreaterThan(0);
  expect((await bench.owner.call("GET", "/me")).status).toBe(200);
});
