import { diagnostics } from "@drover/contracts";
import { createLogger } from "@drover/observability";
import { Circuits, Store } from "@drover/queue";
import { eventually, startRedis } from "@drover/testing";
import { expect, test } from "vitest";
import { circuitReasons } from "./circuit-reasons.ts";

test("an open circuit is a reason with its time and its last failure, a half open one without a time, a closed one is none", async () => {
  await using redis = await startRedis();
  const logger = createLogger({ service: "test", level: "silent" });
  await using store = Store.open({ url: redis.url, shards: 1, manner: "worker", logger });
  const circuits = new Circuits(store);
  const agent = {
    ...diagnostics,
    circuit: { failures: 2, openMs: 300, openMsMax: 300, probeMs: 1_000 },
  };
  const fail = (taskId: string) =>
    circuits.failed(agent, { taskId, worker: "w", reason: "model_unavailable: gone", retryAfterMs: 0 });
  await fail("one");
  expect(await circuitReasons({ circuits }, "diagnostics")).toEqual([]);
  await fail("two");
  expect(await circuitReasons({ circuits }, "diagnostics")).toEqual([
    {
      code: "circuit_open",
      message: expect.stringContaining("model_unavailable: gone"),
      ref: "diagnostics",
      until: expect.stringMatching(/Z$/),
    },
  ]);
  await eventually(() => circuits.probe("diagnostics", "w", 60_000));
  const [half] = await circuitReasons({ circuits }, "diagnostics");
  expect(half).toMatchObject({ code: "circuit_open", message: expect.stringContaining("half open") });
  expect(half).not.toHaveProperty("until");
  await circuits.succeeded("diagnostics");
  expect(await circuitReasons({ circuits }, "diagnostics")).toEqual([]);
});
