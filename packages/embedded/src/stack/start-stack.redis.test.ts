import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { pingRedis } from "@drover/redis-server";
import { descendantsOf, eventually, isRunning, trackLeaks } from "@drover/testing";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import type { ServiceDefinition } from "./service-definition.ts";
import type { Stack } from "./stack.ts";
import type { StackOptions } from "./stack-options.ts";
import { startStack } from "./start-stack.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

const here = dirname(fileURLToPath(import.meta.url));
const entry = join(here, "fake-service.fixture.ts");
const services: ServiceDefinition[] = [
  { name: "api-gateway", entry, agents: [], kind: "http" },
  { name: "some-worker", entry, agents: [], kind: "worker" },
];
/** No demo model: nobody asks it here. */
const environment = { ...process.env, DROVER_MODEL_BASE_URL: "http://127.0.0.1:9/v1", SOME_SECRET: "hush" };
const start = (more: StackOptions = {}) => startStack({ services, environment, ...more });

const report = z.object({ names: z.array(z.string()), child: z.number() });
const ask = async (url: string) => report.parse(await (await fetch(url)).json());

/** Every process of the stack, those of the services included. */
async function pidsOf(stack: Stack): Promise<number[]> {
  const own = stack.services.flatMap(({ process }) => (process.pid === null ? [] : [process.pid]));
  const beneath = await Promise.all(own.map(descendantsOf));
  return [...own, ...beneath.flat().map(({ pid }) => pid)];
}

test("a stack comes up, each service sees what is meant for it, and its end leaves nothing", async () => {
  const stack = await start({ replicas: { "some-worker": 2 } });
  const root = dirname(stack.logsDir);
  const pids = await pidsOf(stack);
  expect(stack.services.map(({ process }) => process.name)).toEqual([
    "api-gateway",
    "some-worker",
    "some-worker-2",
  ]);
  const gateway = await ask(stack.url);
  expect(gateway.names).toEqual(expect.arrayContaining(["DROVER_BOOTSTRAP_KEY", "DROVER_MASTER_KEY"]));
  const worker = await ask(stack.services[1]?.metricsUrl() ?? "");
  expect(worker.names).toEqual(
    expect.arrayContaining(["REDIS_URL", "DROVER_WORKSPACES_DIR", "DROVER_WORKER_NAME"]),
  );
  expect(worker.names).not.toContain("DROVER_BOOTSTRAP_KEY");
  expect(worker.names).not.toContain("DROVER_MASTER_KEY");
  expect(worker.names).not.toContain("SOME_SECRET");

  await stack[Symbol.asyncDispose]();
  for (const pid of pids) expect(await isRunning(pid)).toBe(false);
  expect(existsSync(root)).toBe(false);
});

test("a killed service comes back on its port, and the rest does not notice", async () => {
  await using stack = await start();
  const worker = stack.service("some-worker").pid;
  const gateway = stack.service("api-gateway");
  gateway.kill();
  await gateway.waitRestarted();
  await ask(stack.url);
  expect(stack.service("some-worker").pid).toBe(worker);
});

test("the Redis of the stack can be killed and brought back, and comes back by itself when it dies", async () => {
  await using stack = await start();
  const { redis } = stack;
  await redis.kill();
  await redis.restart();
  expect(stack.redisUrl).toBe(redis.url);
  const { pid } = redis;
  if (pid === null) throw new Error("not ours");
  process.kill(pid, "SIGKILL");
  await eventually(() => redis.pid !== pid && pingRedis(redis.url));
});

test("a service that cannot start is named with the end of its log, and nothing is left", async () => {
  const failing = start({
    serviceEnvironment: { "some-worker": { FAKE_CRASH: "1" } },
    backoff: { firstMs: 10, maxMs: 10, stableMs: 60_000 },
  });
  await expect(failing).rejects.toThrow(/some-worker is not up: it ended with exit code 9.*no, thanks/s);
  await eventually(async () => expect(await descendantsOf(process.pid)).toEqual([]));
});

test("a start that takes too long says which service does not answer", async () => {
  const slow = start({
    services: [{ name: "mute", entry: join(here, "stack-options.ts"), agents: [], kind: "worker" }],
    readyDeadlineMs: 1_500,
    backoff: { firstMs: 60_000, maxMs: 60_000, stableMs: 60_000 },
  });
  await expect(slow).rejects.toThrow(/mute is not up/);
});

test("an aborted start stops what it had started", async () => {
  const stop = new AbortController();
  const starting = start({ signal: stop.signal, serviceEnvironment: { "*": {} } });
  await eventually(async () => (await descendantsOf(process.pid)).length > 2);
  stop.abort(new Error("changed my mind"));
  await expect(starting).rejects.toThrow("changed my mind");
  await eventually(async () => expect(await descendantsOf(process.pid)).toEqual([]));
});

test("a service that is deaf to SIGTERM is killed after its grace", async () => {
  const stack = await start({ drainSeconds: 0, serviceEnvironment: { "some-worker": { FAKE_DEAF: "1" } } });
  const pids = await pidsOf(stack);
  await stack[Symbol.asyncDispose]();
  for (const pid of pids) expect(await isRunning(pid)).toBe(false);
});

test("two stacks do not run on one folder, and its keys stay the same from run to run, read by nobody else", async () => {
  const stateDirectory = await mkdtemp(join(tmpdir(), "drover-state-"));
  const keys: string[] = [];
  for (let run = 0; run < 2; run += 1) {
    await using stack = await start({ stateDirectory });
    const masterKey = join(stateDirectory, "master-key");
    keys.push(`${stack.key} ${await readFile(masterKey, "utf8")}`);
    expect((await stat(masterKey)).mode & 0o777).toBe(0o600);
    await expect(start({ stateDirectory })).rejects.toThrow(/Another Drover runs on/);
    // The one that was refused has left the logs of the other alone.
    expect(existsSync(join(stack.logsDir, "api-gateway.log"))).toBe(true);
  }
  expect(keys[0]).toMatch(/^drv_[a-z0-9]{8,32}_[A-Za-z0-9]{32,64} [A-Za-z0-9+/]{43}=\n$/);
  expect(keys[1]).toBe(keys[0]);
  await rm(stateDirectory, { recursive: true });
});

test("a SIGKILLed parent leaves neither services, nor their children, nor Redis, nor its folder", async () => {
  const source = `
    import { startStack } from ${JSON.stringify(join(here, "start-stack.ts"))};
    const stack = await startStack({ services: ${JSON.stringify(services)} });
    console.log(stack.logsDir);
    await new Promise(() => setInterval(() => undefined, 1000));
  `;
  const parent: ChildProcess = spawn(
    process.execPath,
    ["--conditions=@drover/source", "--import", "tsx", "--input-type=module", "-e", source],
    { stdio: ["ignore", "pipe", "inherit"], env: environment },
  );
  if (parent.stdout === null || parent.pid === undefined) throw new Error("not started");
  const [logsDirectory] = await once(createInterface(parent.stdout), "line");
  const pids = (await descendantsOf(parent.pid)).map(({ pid }) => pid);
  // Two services with a child each, Redis, the guardian.
  expect(pids.length).toBeGreaterThanOrEqual(6);
  parent.kill("SIGKILL");
  await eventually(
    async () => {
      const running = await Promise.all(pids.map(isRunning));
      return !running.includes(true) && !existsSync(dirname(String(logsDirectory)));
    },
    { deadlineMs: 20_000 },
  );
});
