import { expect, test } from "vitest";
import { readGatewayConfig } from "./config.ts";

test("without any setting it listens on this machine only", () => {
  expect(readGatewayConfig({})).toMatchObject({
    host: "127.0.0.1",
    port: 8080,
    bootstrapKey: null,
    rateLimitPerMinute: 6000,
    trustProxy: null,
    instanceAllow: [],
  });
});

test("a malformed bootstrap key is told by its form, and never shown", () => {
  const read = () => readGatewayConfig({ DROVER_BOOTSTRAP_KEY: "hunter2", DROVER_PORT: "many" });
  expect(read).toThrow(/DROVER_BOOTSTRAP_KEY: must be drv_<id>_<secret>/);
  expect(read).toThrow(/DROVER_PORT/);
  expect(read).not.toThrow(/hunter2/);
});

test("proxies are a number of hops or a list, and lists are split", () => {
  expect(readGatewayConfig({ DROVER_TRUST_PROXY: "2" }).trustProxy).toBe(2);
  expect(readGatewayConfig({ DROVER_TRUST_PROXY: "10.0.0.0/8, loopback" }).trustProxy).toEqual([
    "10.0.0.0/8",
    "loopback",
  ]);
  expect(readGatewayConfig({ DROVER_INSTANCE_ALLOW: "a.internal,10.0.0.1," }).instanceAllow).toEqual([
    "a.internal",
    "10.0.0.1",
  ]);
});
