import { eventually, startRedis } from "@drover/testing";
import { test } from "vitest";
import { connect } from "./connection.ts";
import { FakeSentinel } from "./fake-sentinel.fixture.ts";

test.each(["request", "worker"] as const)(
  "a failover that is heard of while a %s connection is being made again does not end it",
  async (manner) => {
    await using server = await startRedis();
    await using sentinel = await FakeSentinel.of(server.url);
    const redis = connect(sentinel.url, manner, () => undefined);
    const killer = connect(server.url, "worker", () => undefined);
    try {
      await eventually(() => sentinel.listeners === 1 && redis.status === "ready");
      sentinel.hold();
      await killer.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      await eventually(() => sentinel.asked === 1);
      sentinel.announceFailover();
      // The announcement is read first: it was sent first, on a connection that is open.
      await eventually(() => sentinel.listeners === 0);
      sentinel.answer();
      await eventually(async () => (await redis.ping()) === "PONG");
    } finally {
      redis.disconnect();
      killer.disconnect();
    }
  },
);
