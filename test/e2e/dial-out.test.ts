/** A workspace that nobody can reach, served through the connection that it dials out, with a real OpenCode in it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createdApiKey, type Instance, instance, listOf } from "@drover/contracts";
import { type Stack, startStack } from "@drover/embedded";
import { descendantsOf, eventually, isRunning } from "@drover/testing";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { TcpProxy } from "../chaos/monkey/tcp-proxy.ts";
import { ask, prefix, type Target } from "./api.ts";
import { HttpProxy } from "./http-proxy.ts";
import { type Extras, startWorkspaceAgent, type TestWorkspaceAgent } from "./workspace-agent.ts";

let stack: Stack;
let network: TcpProxy;
let agent: TestWorkspaceAgent;
beforeAll(async () => {
  stack = await startStack();
  // Between the workspace and Drover. There is no way in the other direction: the registration holds no address.
  network = await TcpProxy.listen(() => Number(new URL(stack.url).port));
});
afterEach(async () => {
  await agent?.[Symbol.asyncDispose]();
});
afterAll(async () => {
  await network?.[Symbol.asyncDispose]();
  await stack?.[Symbol.asyncDispose]();
});

async function registered(workspace: string): Promise<Instance | undefined> {
  const { body } = await ask(stack, `${prefix}/opencode/instances?q=workspace:${workspace}`);
  return listOf("instances", instance).parse(body).instances[0];
}

const networkUrl = () => `http://127.0.0.1:${network.port}`;

/** With a key that is good for this workspace only. */
async function connect(workspace: string, extras: Extras = {}, url = networkUrl()): Promise<void> {
  const roles = [{ role: "member", organization_id: "default", workspace_id: workspace }];
  const made = await ask(stack, `${prefix}/keys`, { body: { name: workspace, roles } });
  const { key } = createdApiKey.parse(made.body);
  const target: Target = { url, key };
  const modelUrl = stack.model.settings["DROVER_MODEL_BASE_URL"] ?? "";
  agent = await startWorkspaceAgent(target, workspace, modelUrl, extras);
  await eventually(async () => (await registered(workspace))?.status === "ready", { deadlineMs: 60_000 });
}

const inWorkspace = (name: string) => readFile(join(agent.directory, name), "utf8").catch(() => "");
/** Notes that it ran; so what is done twice shows. */
const steps = (seconds: number) =>
  `run echo first >> steps.txt\nsleep ${seconds}\nrun echo second >> steps.txt\nwrite done.txt: all of it`;

async function submit(workspace: string, prompt: string): Promise<string> {
  const task = await stack.client.submitTask({
    type: "opencode",
    workspace_id: workspace,
    payload: { action: "prompt", prompt },
  });
  return task.id;
}

/** @returns how many attempts it took */
async function expectWhole(id: string): Promise<number> {
  const ended = await stack.client.waitForTask(id, { timeoutMs: 150_000 });
  const { text } = await ask(stack, `${prefix}/tasks/${id}/events`);
  expect(ended, `${text}\n${await agent.said()}`).toMatchObject({ status: "completed" });
  const files = Object(ended.result?.output)["files"];
  expect(files).toMatchObject([
    { path: "done.txt", status: "added", additions: 1 },
    { path: "steps.txt", status: "added", additions: 2 },
  ]);
  expect(await inWorkspace("steps.txt")).toBe("first\nsecond\n");
  expect((await inWorkspace("done.txt")).trim()).toBe("all of it");
  return ended.attempt;
}

test("a cut in the middle of a task delays it and loses nothing, however the connection was cut", {
  timeout: 240_000,
}, async () => {
  await connect("ws-away");
  expect(await registered("ws-away")).toMatchObject({
    runtime: "remote",
    url: null,
    version: expect.any(String),
  });
  const id = await submit("ws-away", steps(12));
  await eventually(async () => (await inWorkspace("steps.txt")) === "first\n", { deadlineMs: 60_000 });
  // Reset, as by a firewall that forgot it; then away for seconds, in which nothing gets through.
  network.cut();
  await eventually(async () => (await agent.said()).split("The tunnel is open.").length > 2, {
    deadlineMs: 20_000,
  });
  network.stall();
  network.cut();
  await eventually(async () => (await inWorkspace("steps.txt")) === "first\nsecond\n", {
    deadlineMs: 60_000,
  });
  network.flow();
  expect(await expectWhole(id)).toBe(1);
});

test("a gateway that is killed in the middle of a task is found again when it is back", {
  timeout: 240_000,
}, async () => {
  await connect("ws-moved");
  const id = await submit("ws-moved", steps(8));
  await eventually(async () => (await inWorkspace("steps.txt")) === "first\n", { deadlineMs: 60_000 });
  stack.service("api-gateway").kill();
  await eventually(async () => (await ask(stack, "/readyz").catch(() => null))?.status === 200, {
    deadlineMs: 60_000,
  });
  // Where the gateway takes long to come back, the attempt has ended by then, and the next one goes on in the session.
  await expectWhole(id);
});

test("when the agent is told to stop, nothing runs on, and tasks wait for the workspace to come back; unless it is forgotten", {
  timeout: 240_000,
}, async () => {
  await connect("ws-leaves");
  const below = await descendantsOf(agent.process.pid);
  expect(below.some(({ command }) => command.includes(" serve "))).toBe(true);
  const { code } = await agent.process.stop(15_000);
  expect(code).toBe(0);
  for (const { pid } of below) expect(await isRunning(pid)).toBe(false);
  expect(await agent.said()).not.toMatch(/drv_|not-this-one|Basic /);
  await agent[Symbol.asyncDispose]();

  expect(await registered("ws-leaves")).toBeDefined();
  const id = await submit("ws-leaves", steps(1));
  await eventually(
    async () =>
      Object((await ask(stack, `${prefix}/tasks/${id}/why`)).body)["reasons"][0]?.ref ===
      "instance_unreachable",
    { deadlineMs: 60_000 },
  );
  await connect("ws-leaves", { options: ["--forget"] });
  await expectWhole(id);
  expect((await agent.process.stop(15_000)).code).toBe(0);
  expect(await registered("ws-leaves")).toBeUndefined();
});

test("a workspace that only a proxy lets out is served through it", { timeout: 120_000 }, async () => {
  await using proxy = await HttpProxy.listen();
  const address = `http://127.0.0.1:${proxy.port}`;
  const gateway = `drover.invalid:${network.port}`;
  const environment = { HTTP_PROXY: address, HTTPS_PROXY: address, NO_PROXY: "127.0.0.1,localhost" };
  await connect("ws-behind", { environment }, `http://${gateway}`);
  await expectWhole(await submit("ws-behind", steps(1)));
  expect(proxy.asked).toContain(`CONNECT ${gateway}`);
  await agent[Symbol.asyncDispose]();
});
