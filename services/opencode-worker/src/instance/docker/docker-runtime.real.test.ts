import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, trackLeaks } from "@drover/testing";
import { afterAll, describe, expect, test } from "vitest";
import { prompted } from "../instance-runtime.conformance.ts";
import { runtimeBench } from "../runtime.fixture.ts";
import { DockerLab } from "./docker-lab.fixture.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

const lab = new DockerLab(process.env);
const reason = await lab.whyNot();
const skipped = reason === null ? "" : ` (skipped: ${reason})`;
const never = new AbortController().signal;
const timeout = 240_000;

describe.skipIf(reason !== null)(`a container with an instance${skipped}`, () => {
  test("has no right, no network and no file but those of its workspace, and is within limits", {
    timeout,
  }, async () => {
    await using bench = await runtimeBench(process.env);
    await using runtime = await lab.open(bench, "confined");
    const other = await bench.workspace();
    await writeFile(join(other.directory, "other.txt"), "of-another-workspace\n");
    const spec = await bench.workspace();
    await writeFile(
      join(spec.directory, "look.sh"),
      [
        "grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status",
        "echo networks: $(ls /sys/class/net)",
        "touch /usr/bin/x && echo root-writable",
        'touch "$XDG_CONFIG_HOME/opencode/plugin/x.js" && echo guard-writable',
        `cat ${join(other.directory, "other.txt")}`,
        `ls ${bench.workerFolder}`,
      ].join("\n"),
    );
    await using instance = await runtime.start(spec, never);
    const said = await prompted(instance, "run sh look.sh");
    expect(said).toMatch(/CapEff:\\+t0{16}/);
    expect(said).toMatch(/CapBnd:\\+t0{16}/);
    expect(said).toMatch(/NoNewPrivs:\\+t1/);
    expect(said).toContain("networks: lo\\n");
    for (const text of ["root-writable", "guard-writable", "of-another-workspace", "shadow.git"]) {
      // The script itself is not said, only what it prints.
      expect(said).not.toContain(text);
    }
    const { info } = await lab.containerOf(bench, instance);
    const { limits } = bench.shared;
    expect(info.HostConfig).toMatchObject({
      Memory: limits.memoryMib * 1024 * 1024,
      MemorySwap: limits.memoryMib * 1024 * 1024,
      NanoCpus: limits.cpus * 1e9,
      PidsLimit: limits.pids,
      NetworkMode: "none",
      ReadonlyRootfs: true,
      Privileged: false,
    });
  });

  test("that an earlier worker left is removed by the next one of its name", { timeout }, async () => {
    await using bench = await runtimeBench(process.env);
    const dead = await lab.open(bench, "dead");
    await using left = await dead.start(await bench.workspace(), never);
    await using _next = await lab.open(bench, "next");
    expect(await lab.containersOf(bench)).toEqual([]);
    expect(await left.exited).not.toBe("");
  });

  test("ends by itself when its worker is gone for good", { timeout }, async () => {
    await using bench = await runtimeBench(process.env);
    const runtime = await lab.open(bench, "gone");
    await using left = await runtime.start(await bench.workspace(), never);
    await mkdir(join(left.spec.directory, "still"));
    await bench.relay[Symbol.asyncDispose](); // what a killed worker leaves: a socket where nobody listens
    await eventually(async () => (await lab.containersOf(bench)).length === 0, {
      deadlineMs: 90_000,
      intervalMs: 500,
    });
    expect(await left.exited).not.toBe("");
  });
});
