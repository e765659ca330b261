import { createdApiKey, listOf, task } from "@drover/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bench, type Caller, echo, idOf, startBench } from "../gateway.bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const execute = (key: string, body: unknown, caller: Caller = bench.owner) =>
  caller.call("POST", "/execute", { body, headers: { "Idempotency-Key": key } });

test("the same key and body answer the first result again", async () => {
  const first = await execute("first", echo());
  expect(first.headers.get("Idempotency-Replayed")).toBeNull();
  // Its task moves on; the answer does not.
  await bench.claim(idOf(first.body));
  const again = await execute("first", { payload: { value: 1, action: "echo" }, type: "diagnostics" });
  expect(again.status).toBe(202);
  expect(again.headers.get("Idempotency-Replayed")).toBe("true");
  expect(again.headers.get("Location")).toBe(first.headers.get("Location"));
  expect(again.body).toEqual(first.body);
});

test("requests with one key at the same time create one task", async () => {
  const label = { labels: { of: "race" } };
  const replies = await Promise.all(
    Array.from({ length: 20 }, () => execute("race", { ...echo(), ...label })),
  );
  expect(replies.map((reply) => reply.status)).toEqual(Array(20).fill(202));
  expect(new Set(replies.map((reply) => idOf(reply.body))).size).toBe(1);
  const { body } = await bench.owner.call("GET", "/tasks?limit=200");
  const { tasks } = listOf("tasks", task).parse(body);
  expect(tasks.filter(({ labels: { of } }) => of === "race")).toHaveLength(1);
});

test("a request that died between accepting and answering is finished by its repetition", async () => {
  const { idempotency, scheduler } = bench.gateway.services;
  const complete = idempotency.complete.bind(idempotency);
  // As if the process were gone before the answer was kept.
  idempotency.complete = async () => undefined;
  const first = await execute("died", echo("died"));
  idempotency.complete = complete;
  const again = await execute("died", echo("died"));
  expect(idOf(again.body)).toBe(idOf(first.body));
  expect(again.headers.get("Idempotency-Replayed")).toBeNull();
  expect(scheduler).toBeDefined();
});

test("an API key that is made twice is one key, and nothing in Redis tells it", async () => {
  const { idempotency } = bench.gateway.services;
  const complete = idempotency.complete.bind(idempotency);
  const request = {
    body: { name: "ci", roles: [{ role: "viewer" }] },
    headers: { "Idempotency-Key": "one api key" },
  };
  // As if the process were gone before the answer was kept.
  idempotency.complete = async () => undefined;
  const first = createdApiKey.parse((await bench.owner.call("POST", "/keys", request)).body);
  idempotency.complete = complete;
  const again = createdApiKey.parse((await bench.owner.call("POST", "/keys", request)).body);
  expect([again.id, again.key]).toEqual([first.id, first.key]);
  const third = await bench.owner.call("POST", "/keys", request);
  expect(third.headers.get("Idempotency-Replayed")).toBe("true");
  expect(third.body).toEqual(again);
  expect((await bench.withKey(first.key).call("GET", "/me")).body).toMatchObject({ id: first.id });

  const secret = first.key.split("_")[2] ?? first.key;
  const { redis } = bench.gateway.services.store;
  const records = await redis.keys("*:idempotency:*");
  expect(records.length).toBeGreaterThan(0);
  for (const record of records) expect(await redis.get(record)).not.toContain(secret);
});

test("an answer that a caller's former token sealed is given from what was created", async () => {
  const { idempotency } = bench.gateway.services;
  const request = { principalId: "key_1", token: "before", key: "moved", fingerprint: "f" };
  const { origin } = await idempotency.begin(request);
  await idempotency.complete(request, origin, { status: 201, headers: {}, body: "{}" });
  expect((await idempotency.begin(request)).answer).toEqual({ status: 201, headers: {}, body: "{}" });
  expect((await idempotency.begin({ ...request, token: "after" })).answer).toMatchObject({ body: null });
});

test("the same key with another body or another operation is refused", async () => {
  await execute("other", echo(1));
  expect(await execute("other", echo(2))).toMatchObject({
    status: 409,
    body: { code: "idempotency_key_reused" },
  });
  const elsewhere = await bench.owner.call("POST", "/opencode/register", {
    body: { workspace_id: "ws-1", runtime: "process" },
    headers: { "Idempotency-Key": "other" },
  });
  expect(elsewhere.status).toBe(409);
});

test("a key belongs to its principal", async () => {
  const mine = await execute("mine", echo());
  const other = await bench.caller({ role: "owner" });
  const theirs = await execute("mine", echo(), other);
  expect(theirs.status).toBe(202);
  expect(idOf(theirs.body)).not.toBe(idOf(mine.body));
});

test("a refused request leaves its key free for the mended one", async () => {
  expect((await execute("mend", { type: "cobol", payload: {} })).status).toBe(400);
  expect((await execute("mend", echo())).status).toBe(202);
});

test("a key that is no key is refused, and without one every request is new", async () => {
  for (const key of ["x".repeat(256), "sn\u00f6"]) expect((await execute(key, echo())).status).toBe(400);
  const one = await bench.owner.call("POST", "/execute", { body: echo() });
  const two = await bench.owner.call("POST", "/execute", { body: echo() });
  expect(idOf(one.body)).not.toBe(idOf(two.body));
});

test("batches, workflows and instances are repeated just the same", async () => {
  for (const [path, body] of [
    ["/execute/batch", { tasks: [echo(1), echo(2)] }],
    [
      "/agentzero/workflows",
      { name: "w", steps: [{ id: "a", agent: "diagnostics", task: "echo", parameters: { value: 1 } }] },
    ],
    ["/opencode/register", { workspace_id: "ws-1", runtime: "process" }],
  ] as const) {
    const headers = { "Idempotency-Key": `again ${path}` };
    const first = await bench.owner.call("POST", path, { body, headers });
    const again = await bench.owner.call("POST", path, { body, headers });
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect(again.body).toEqual(first.body);
  }
});

test("an answer too large to keep is given from what was created", async () => {
  const steps = Array.from({ length: 2500 }, (_, index) => ({
    id: `s${index}`,
    agent: "diagnostics",
    task: "echo",
    parameters: { value: "x".repeat(100) },
  }));
  const request = { body: { name: "large", steps }, headers: { "Idempotency-Key": "large" } };
  const first = await bench.owner.call("POST", "/agentzero/workflows", request);
  const again = await bench.owner.call("POST", "/agentzero/workflows", request);
  expect(first.text.length).toBeGreaterThan(256 * 1024);
  expect(again.headers.get("Idempotency-Replayed")).toBe("true");
  expect(idOf(again.body)).toBe(idOf(first.body));
});
