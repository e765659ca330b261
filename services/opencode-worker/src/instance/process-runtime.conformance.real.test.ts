import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { trackLeaks } from "@drover/testing";
import { afterAll, describe } from "vitest";
import { findOpenCode, findRipgrepFolder, fromPath } from "./find-binary.ts";
import { ownerMarker } from "./instance-environment.ts";
import { type RuntimeSubject, runtimeConformance } from "./instance-runtime.conformance.ts";
import type { Instance } from "./instance-runtime.ts";
import { markedProcesses } from "./marked-processes.ts";
import { ProcessRuntime } from "./process-runtime.ts";
import { type RuntimeBench, runtimeBench } from "./runtime.fixture.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

/** @param uid who owns the workspaces; undefined: whoever runs the test */
async function processSubject(ownerId: string, uid: number | undefined): Promise<RuntimeSubject> {
  const bench = await runtimeBench(process.env);
  const searchPath = bench.config.inheritedEnvironment["PATH"] ?? "";
  const binary = await findOpenCode({ configured: undefined, searchPath });
  const options = {
    ...bench.shared,
    binary,
    ripgrepFolder: await findRipgrepFolder(searchPath),
    prlimit: await fromPath("prlimit", searchPath),
    taskset: await fromPath("taskset", searchPath),
  };
  const runtime = await ProcessRuntime.open({ ...options, ownerId });
  const broken = await ProcessRuntime.open({
    ...options,
    ownerId: `${ownerId}-broken`,
    binary: { ...binary, path: "/bin/false" },
  });
  return {
    runtime,
    workspace: () => bench.workspace(uid),
    kill: async (instance) => {
      for (const pid of await processesOf(bench, instance)) process.kill(pid, "SIGKILL");
    },
    async secrets(instance) {
      const [pid] = await processesOf(bench, instance);
      const environment = await readFile(`/proc/${pid}/environ`, "utf8");
      const variable = (name: string) =>
        environment
          .split("\0")
          .find((pair) => pair.startsWith(`${name}=`))
          ?.slice(name.length + 1) ?? "";
      const apiKey = /"apiKey":"([^"]+)"/.exec(variable("OPENCODE_CONFIG_CONTENT"))?.[1] ?? "";
      return [variable("OPENCODE_SERVER_PASSWORD"), apiKey];
    },
    failingStart: async () => broken.start(await bench.workspace(uid), new AbortController().signal),
    leftovers: async () => (await markedProcesses(ownerMarker, ownerId)).map((pid) => `process ${pid}`),
    async [Symbol.asyncDispose]() {
      await broken[Symbol.asyncDispose]();
      await bench[Symbol.asyncDispose]();
    },
  };
}

async function processesOf(bench: RuntimeBench, { spec }: Instance): Promise<number[]> {
  const data = join(bench.workerFolder, spec.organizationId, spec.workspaceId, "data");
  const marked = new Set(await markedProcesses("XDG_DATA_HOME", data));
  return [...marked].sort((a, b) => a - b);
}

runtimeConformance("process", () => processSubject("conformance-own", undefined));

const isRoot = process.geteuid?.() === 0;
describe.skipIf(!isRoot)(`as another user${isRoot ? "" : " (skipped: only root can change users)"}`, () => {
  runtimeConformance("process, as the owner of the workspace", () =>
    processSubject("conformance-user", 4_211),
  );
});
