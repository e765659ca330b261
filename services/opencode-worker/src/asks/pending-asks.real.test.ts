import { eventually, trackLeaks } from "@drover/testing";
import type { PermissionRuleset } from "@opencode-ai/sdk/v2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findOpenCode, findRipgrepFolder, fromPath } from "../instance/find-binary.ts";
import type { Instance } from "../instance/instance-runtime.ts";
import { ProcessRuntime } from "../instance/process-runtime.ts";
import { aRegistration } from "../instance/registration.fixture.ts";
import { type RuntimeBench, runtimeBench } from "../instance/runtime.fixture.ts";
import { PendingAsks } from "./pending-asks.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

let bench: RuntimeBench;
let runtime: ProcessRuntime;
let instance: Instance;
beforeAll(async () => {
  bench = await runtimeBench(process.env);
  const searchPath = bench.config.inheritedEnvironment["PATH"] ?? "";
  runtime = await ProcessRuntime.open({
    ...bench.shared,
    binary: await findOpenCode({ configured: undefined, searchPath }),
    ripgrepFolder: await findRipgrepFolder(searchPath),
    prlimit: await fromPath("prlimit", searchPath),
    taskset: await fromPath("taskset", searchPath),
    ownerId: "asks",
  });
  instance = await runtime.start(await bench.workspace(), new AbortController().signal);
});
afterAll(async () => {
  await instance?.[Symbol.asyncDispose]();
  await runtime?.[Symbol.asyncDispose]();
  await bench?.[Symbol.asyncDispose]();
});

/** A session that asks for its command, which is not the task's. */
async function somebodyElses(): Promise<string> {
  const permission: PermissionRuleset = [{ permission: "bash", pattern: "*", action: "ask" }];
  const { data } = await instance.client.session.create({ title: "other", permission });
  const sessionID = data?.id ?? "";
  await instance.client.session.promptAsync({
    sessionID,
    parts: [{ type: "text", text: "run echo hello" }],
    model: { providerID: "drover", modelID: "drover-demo" },
  });
  await eventually(async () => (await open(sessionID)).length === 1, { deadlineMs: 60_000 });
  return sessionID;
}

const open = async (sessionId: string) =>
  ((await instance.client.permission.list({})).data ?? []).filter(({ sessionID }) => sessionID === sessionId);
const pending = (of: Instance) =>
  new PendingAsks({ instance: of, sessionId: "ses_task", asked: new Set(["bash"]), logger: bench.logger });

test("what a session that is not the task's asks is refused, and never put before a person", async () => {
  const sessionId = await somebodyElses();
  expect(await pending(instance).next()).toBeNull();
  expect(await open(sessionId)).toEqual([]);
});

test("in a server of somebody's own it is left to whoever sits there", async () => {
  const sessionId = await somebodyElses();
  const registration = aRegistration({ id: "inst_1", workspace_id: "ws-1", runtime: "remote" });
  const remote = new Proxy(instance, {
    get: (target, name) => (name === "spec" ? { ...target.spec, registration } : Reflect.get(target, name)),
  });
  expect(await pending(remote).next()).toBeNull();
  expect(await open(sessionId)).toHaveLength(1);
});
