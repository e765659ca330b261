import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisProgramNeeded } from "@drover/redis-server";
import { expect, type TestContext, test } from "vitest";
import type { Topology } from "./harness/chaos-options.ts";
import { toText } from "./harness/chaos-report.ts";
import { runChaos } from "./harness/run-chaos.ts";
import { FormerVersionUnavailable } from "./world/former-version.ts";

async function chaos(topology: Topology, minutes: number, seed: number): Promise<string[]> {
  const evidence = join(tmpdir(), `drover-chaos-evidence-${topology}-${seed}`);
  const report = await runChaos({ topology, minutes, seed, lanes: 12, evidence, say: () => undefined });
  process.stdout.write(`${toText(report)}\n`);
  expect(report.runs).toBeGreaterThan(3);
  return [...report.faults];
}

/** Skips by name where there is no Redis program, or no former version. */
async function whereItCanBeHad(context: TestContext, work: () => Promise<string[]>): Promise<void> {
  try {
    expect(await work()).toEqual([]);
  } catch (error) {
    if (!(error instanceof FormerVersionUnavailable || error instanceof RedisProgramNeeded)) throw error;
    context.skip(error.message);
  }
}

const patient = { timeout: 480_000 };

test(
  "a minute of random programs under random kills: every answer is right, nothing is lost, doubled, out of order or left",
  patient,
  async () => {
    expect(await chaos("single", 1, 20_261)).toEqual([]);
  },
);

test("the same while Sentinel fails over", patient, async (context) => {
  await whereItCanBeHad(context, () => chaos("sentinel", 0.5, 20_264));
});

test("the same on a Redis Cluster of three masters", patient, async (context) => {
  await whereItCanBeHad(context, () => chaos("cluster", 0.5, 20_264));
});

test("the same with workers of the former version beside new ones", patient, async (context) => {
  await whereItCanBeHad(context, () => chaos("mixed", 0.4, 20_264));
});
