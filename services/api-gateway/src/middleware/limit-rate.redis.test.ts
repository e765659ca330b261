import { expect, test } from "vitest";
import { startBench } from "../gateway.bench.ts";

test("a principal's requests are counted, told, and refused beyond the limit; another's are not touched", async () => {
  await using bench = await startBench({ environment: { DROVER_RATE_LIMIT_PER_MINUTE: "5" } });
  const caller = await bench.caller({ role: "viewer" });
  const remaining: (string | null)[] = [];
  for (let i = 0; i < 5; i += 1) {
    const reply = await caller.call("GET", "/me");
    expect(reply.status).toBe(200);
    expect(reply.headers.get("X-RateLimit-Limit")).toBe("5");
    expect(Number(reply.headers.get("X-RateLimit-Reset"))).toBeGreaterThan(Date.now() / 1000 - 1);
    remaining.push(reply.headers.get("X-RateLimit-Remaining"));
  }
  expect(remaining).toEqual(["4", "3", "2", "1", "0"]);
  const refused = await caller.call("GET", "/me");
  expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited" } });
  expect(refused.headers.get("X-RateLimit-Remaining")).toBe("0");
  const retryAfter = Number(refused.headers.get("Retry-After"));
  expect(retryAfter).toBeGreaterThan(0);
  expect(retryAfter).toBeLessThanOrEqual(60);
  expect((await bench.owner.call("GET", "/me")).status).toBe(200);
});

test("zero means no limit", async () => {
  await using bench = await startBench({ environment: { DROVER_RATE_LIMIT_PER_MINUTE: "0" } });
  const reply = await bench.owner.call("GET", "/me");
  expect(reply.status).toBe(200);
  expect(reply.headers.get("X-RateLimit-Limit")).toBeNull();
});
