import { readdir, readFile } from "node:fs/promises";
import { freemem } from "node:os";
import { join } from "node:path";
import { trackLeaks } from "@drover/testing";
import { afterAll, expect, test } from "vitest";
import { findOpenCode } from "./find-binary.ts";
import { isHealthy } from "./health-probe.ts";
import { ownerMarker } from "./instance-environment.ts";
import { prompted } from "./instance-runtime.conformance.ts";
import type { Instance } from "./instance-runtime.ts";
import { markedProcesses } from "./marked-processes.ts";
import { ProcessRuntime } from "./process-runtime.ts";
import { runtimeBench } from "./runtime.fixture.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

const instanceBytes = 700 * 1024 * 1024;
const count = Math.max(4, Math.min(20, Math.floor(freemem() / instanceBytes)));
const atOnce = 4;

/** Does it for all, a few at a time: the test machine's cores start no more. */
async function inTurn<In, Out>(items: readonly In[], work: (item: In) => Promise<Out>): Promise<Out[]> {
  const done: Out[] = [];
  for (let from = 0; from < items.length; from += atOnce)
    done.push(...(await Promise.all(items.slice(from, from + atOnce).map(work))));
  return done;
}

test(`${count} instances at once: each works in its own workspace, also while others are killed`, {
  timeout: 1_200_000,
}, async () => {
  await using bench = await runtimeBench(process.env);
  const searchPath = bench.config.inheritedEnvironment["PATH"] ?? "";
  const binary = await findOpenCode({ configured: undefined, searchPath });
  const ownerId = "many";
  const runtime = await ProcessRuntime.open({
    ...bench.shared,
    binary,
    ripgrepFolder: null,
    prlimit: null,
    taskset: null,
    ownerId,
  });
  const never = new AbortController().signal;
  const specs = await inTurn([...Array(count).keys()], () => bench.workspace());
  const instances = await inTurn(specs, (spec) => runtime.start(spec, never));
  const nameOf = ({ spec }: Instance) => `${spec.workspaceId}.txt`;
  await inTurn(instances, (instance) => prompted(instance, `write ${nameOf(instance)}: here`));
  expect(await inTurn(instances, (instance) => isHealthy(instance, 10_000))).not.toContain(false);

  const killed = instances.filter((_, index) => index % 4 === 0);
  const others = instances.filter((_, index) => index % 4 !== 0);
  await Promise.all(killed.map((instance) => instance[Symbol.asyncDispose]()));
  await inTurn(others, (instance) => prompted(instance, `run echo more >> ${nameOf(instance)}`));
  for (const instance of instances) {
    const { directory } = instance.spec;
    const own = nameOf(instance);
    expect(await readdir(directory)).toEqual([own]);
    const text = killed.includes(instance) ? "here\n" : "here\nmore\n";
    expect(await readFile(join(directory, own), "utf8"), own).toBe(text);
  }
  await Promise.all(others.map((instance) => instance[Symbol.asyncDispose]()));
  expect(await markedProcesses(ownerMarker, ownerId)).toEqual([]);
  await runtime[Symbol.asyncDispose]();
});
