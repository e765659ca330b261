import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { trackLeaks } from "@drover/testing";
import { afterAll, describe, expect, test } from "vitest";
import { findOpenCode, fromPath } from "./find-binary.ts";
import { prompted } from "./instance-runtime.conformance.ts";
import { ProcessRuntime, type ProcessRuntimeOptions } from "./process-runtime.ts";
import { type RuntimeBench, runtimeBench } from "./runtime.fixture.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

const uid = 4_213;
const never = new AbortController().signal;
const timeout = 240_000;
const isRoot = process.geteuid?.() === 0;

async function open(bench: RuntimeBench, more: Partial<ProcessRuntimeOptions> = {}): Promise<ProcessRuntime> {
  const searchPath = bench.config.inheritedEnvironment["PATH"] ?? "";
  return await ProcessRuntime.open({
    ...bench.shared,
    binary: await findOpenCode({ configured: undefined, searchPath }),
    ripgrepFolder: null,
    prlimit: await fromPath("prlimit", searchPath),
    taskset: await fromPath("taskset", searchPath),
    ownerId: `confined-${crypto.randomUUID()}`,
    ...more,
  });
}

test("an instance that uses more memory than it may is ended, and says so", { timeout }, async () => {
  await using bench = await runtimeBench(process.env);
  await using runtime = await open(bench, { limits: { ...bench.shared.limits, memoryMib: 900 } });
  await using instance = await runtime.start(await bench.workspace(), never);
  const hoard = `x=$(head -c 900000000 /dev/zero | tr '\\0' a); sleep 600`;
  await writeFile(join(instance.spec.directory, "hoard.sh"), hoard);
  void prompted(instance, "run sh hoard.sh").catch(() => undefined);
  expect(await instance.exited).toContain("more memory than the 900 MiB");
});

describe.skipIf(!isRoot)(
  `an instance of another user${isRoot ? "" : " (skipped: only root can change users)"}`,
  () => {
    test("has that user's rights, its limits, and cannot reach the worker", { timeout }, async () => {
      await using bench = await runtimeBench(process.env);
      await using runtime = await open(bench, { limits: { ...bench.shared.limits, cpus: 1 } });
      const spec = await bench.workspace(uid);
      const look = [
        "echo user: $(id -u) $(id -g) $(id -G)",
        "echo limits: $(ulimit -n) $(ulimit -c)",
        "grep '^Max processes' /proc/self/limits",
        "grep '^Cpus_allowed_list' /proc/self/status",
        `cat /proc/${process.pid}/environ && echo worker-readable`,
        `kill -0 ${process.pid} && echo worker-killable`,
        'touch "$XDG_CONFIG_HOME/opencode/plugin/x.js" && echo guard-writable',
        `ls ${bench.workerFolder} && echo state-listed`,
        "git init -q . && git commit -q --allow-empty -m m && git log --format='author: %an'",
      ];
      await writeFile(join(spec.directory, "look.sh"), look.join("\n"));
      await using instance = await runtime.start(spec, never);
      const said = await prompted(instance, "run sh look.sh");
      expect(said).toContain(`user: ${uid} ${uid} ${uid}\\n`);
      expect(said).toMatch(/limits: \d+ 0\\n/);
      expect(said).toMatch(/Cpus_allowed_list:\\t\d+\\n/);
      expect(said).toMatch(/Max processes +256 +256/);
      expect(said).toContain("author: OpenCode");
      for (const text of ["worker-readable", "worker-killable", "guard-writable", "state-listed"])
        expect(said).not.toContain(text);
    });

    test("that cannot get to its folder says which one is closed", { timeout }, async () => {
      await using bench = await runtimeBench(process.env);
      const closed = join(bench.workerFolder, "..", "closed");
      await mkdir(closed, { mode: 0o700 });
      await chmod(closed, 0o700);
      await using runtime = await open(bench, { workerFolder: join(closed, "state", "worker") });
      const start = runtime.start(await bench.workspace(uid), never);
      await expect(start).rejects.toMatchObject({
        code: "instance_failed",
        message: expect.stringMatching(new RegExp(`user ${uid}.*may not enter .*/closed\\.`)),
      });
    });

    test("is not root unless that is allowed", { timeout }, async () => {
      await using bench = await runtimeBench(process.env);
      await using runtime = await open(bench, { allowRoot: false });
      const start = runtime.start(await bench.workspace(), never);
      await expect(start).rejects.toMatchObject({ name: "PermanentFailure", code: "workspace_not_allowed" });
    });
  },
);
