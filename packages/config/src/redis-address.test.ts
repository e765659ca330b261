import { expect, test } from "vitest";
import { redisAddress } from "./redis-address.ts";

test.each(["redis://127.0.0.1:6379", "rediss://user:p%40ss@redis.example/3"])("%s is one server", (url) => {
  expect(redisAddress(url)).toEqual({ kind: "single", url });
});

test("Sentinels are listed with the name of what they watch", () => {
  expect(
    redisAddress("rediss+sentinel://drover:p%40ss@a.example:1,[::1]:2,c/group/4?sentinel_password=s"),
  ).toEqual({
    kind: "sentinel",
    tls: true,
    username: "drover",
    password: "p@ss",
    sentinels: [
      { host: "a.example", port: 1 },
      { host: "::1", port: 2 },
      { host: "c", port: 26_379 },
    ],
    masterName: "group",
    database: 4,
    sentinelPassword: "s",
  });
});

test("a Cluster is some of its nodes", () => {
  expect(redisAddress("redis+cluster://:secret@10.0.0.1:7000,10.0.0.2")).toEqual({
    kind: "cluster",
    tls: false,
    username: undefined,
    password: "secret",
    nodes: [
      { host: "10.0.0.1", port: 7000 },
      { host: "10.0.0.2", port: 6379 },
    ],
  });
});

test.each([
  "http://127.0.0.1",
  "redis+sentinel://a:1",
  "redis+sentinel://a:1/group/database",
  "redis+cluster://a:1/0",
  "redis+cluster://a:99999",
  "redis+cluster://a:1,,b:2",
  "redis+other://a:1",
  "",
])("%j is none", (text) => {
  expect(redisAddress(text)).toBeNull();
});
