/**
 * No secret appears where it has no business, and no request hangs, whatever is down. One stack for both: what was written
 * while things failed is searched as well.
 */
import { dirname, join } from "node:path";
import { executeTask } from "@drover/contracts";
import { descendantsOf, eventually } from "@drover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { readSocket } from "../contract/event-streams.ts";
import { type Answer, ask, create, prefix } from "../e2e/api.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../e2e/otlp-receiver.ts";
import { environmentOf, fileHaystacks, findLeaks, type Haystack, redisHaystacks } from "./leak-search.ts";
import { ModelEndpoint } from "./model-endpoint.ts";
import { outlast } from "./outage.ts";
import { alpha } from "./role-table.ts";
import { type Belongings, Tenancy } from "./tenancy.ts";

const random = (length: number) =>
  Array.from({ length }, () => "abcdefghijkmnpqrstuvwxyz23456789"[Math.floor(Math.random() * 32)]).join("");
const secrets = {
  "the model's key": `sk-model-${random(40)}`,
  "the bootstrap key": random(48),
  "a registration's password": `pw-${random(30)}`,
};
const bootstrapKey = `drv_${random(16)}_${secrets["the bootstrap key"]}`;

let model: ModelEndpoint;
let traces: OtlpReceiver;
let tenancy: Tenancy;
let acme: Belongings;
/** All that the API ever answered here. */
const answers: Haystack[] = [];

beforeAll(async () => {
  model = await ModelEndpoint.start();
  traces = await startOtlpReceiver();
  tenancy = await Tenancy.start({
    key: bootstrapKey,
    environment: {
      ...process.env,
      DROVER_MODEL_BASE_URL: model.url,
      DROVER_MODEL: "drover-demo",
      DROVER_MODEL_API_KEY: secrets["the model's key"],
      DOCKER_HOST: "unix:///nowhere/docker.sock",
    },
    serviceEnvironment: {
      "*": { OTEL_EXPORTER_OTLP_ENDPOINT: traces.url, LOG_LEVEL: "debug" },
      "agentzero-orchestrator": { DROVER_PLANNER_DEADLINE_SECONDS: "2" },
    },
  });
  acme = await tenancy.furnish(alpha);
});
afterAll(async () => {
  await tenancy?.[Symbol.asyncDispose]();
  await traces?.[Symbol.asyncDispose]();
  await model?.[Symbol.asyncDispose]();
});

async function keep(where: string, answer: Promise<Answer>): Promise<Answer> {
  const kept = await answer;
  answers.push({ where, text: `${kept.text} ${JSON.stringify([...kept.headers])}` });
  return kept;
}

const post = (path: string, body: unknown) =>
  keep(`POST ${path}`, ask(tenancy.stack, `${prefix}${path}`, { body }));

/** An OpenCode task that has ended. */
async function work(prompt: string, more: object = {}) {
  const body = {
    type: "opencode",
    workspace_id: "ws-secrets",
    payload: { action: "prompt", prompt },
    max_attempts: 1,
  };
  const id = await create(tenancy.stack, `${prefix}/opencode/tasks`, { ...body, ...more });
  const task = await tenancy.stack.client.waitForTask(id, { timeoutMs: 90_000 });
  await keep(`task ${id}`, ask(tenancy.stack, `${prefix}/tasks/${id}`));
  await keep(`events of ${id}`, ask(tenancy.stack, `${prefix}/tasks/${id}/events`));
  return task;
}

const goal = { goal: "Write an API and deploy it", planner: "llm" };

describe("a model that fails", () => {
  test("works at first, with the key that it asks for", async () => {
    const task = await work("run env > env.txt\nrun env\nread env.txt\nwrite done.txt: done");
    expect(task).toMatchObject({ status: "completed" });
    expect((await post("/agentzero/compose", goal)).status).toBe(200);
    expect([...model.credentials]).toEqual([`Bearer ${secrets["the model's key"]}`]);
  });

  test("that refuses the key is a task's clear and final error, without the key", async () => {
    model.mode = "refuse";
    const task = await work("say hi");
    expect(task).toMatchObject({ status: "failed", error: { code: "model_rejected", retryable: false } });
    expect(task.error?.message).toContain("Incorrect API key provided: Bearer [redacted]");
    const composed = await post("/agentzero/compose", goal);
    expect([composed.status, Object(composed.body)["code"]]).toEqual([502, "planning_failed"]);
  });

  test("that hangs costs a task its timeout and no more", async () => {
    model.mode = "hang";
    const startMs = Date.now();
    const [task, composed] = await Promise.all([
      work("say hi", { timeout_seconds: 3 }),
      post("/agentzero/compose", goal),
    ]);
    expect(task).toMatchObject({ status: "failed", error: { code: "timed_out" } });
    expect([composed.status, Object(composed.body)["code"]]).toEqual([502, "planning_failed"]);
    expect(Date.now() - startMs).toBeLessThan(15_000);
  });

  test("that is down is a task's clear error, and all is well when it is back", async () => {
    model.mode = "serve";
    await model.close();
    const startMs = Date.now();
    const [task, composed] = await Promise.all([work("say hi"), post("/agentzero/compose", goal)]);
    expect(task).toMatchObject({ status: "failed", error: { code: "model_unavailable", retryable: true } });
    expect([composed.status, Object(composed.body)["code"]]).toEqual([502, "planning_failed"]);
    expect(Date.now() - startMs).toBeLessThan(40_000);
    await model.open();
    expect(await work("say hi")).toMatchObject({ status: "completed" });
  });
});

describe("no request hangs", () => {
  test("while Redis is frozen: each is a 503 in time, streams break off, and all is well afterwards", async () => {
    const { redis } = tenancy.stack;
    await outlast({
      ...{ tenancy, acme, keep },
      begin: () => redis.signal("SIGSTOP"),
      end: () => redis.signal("SIGCONT"),
    });
  });

  test("while Redis is dead: each is a 503 in time, streams break off, and all is well afterwards", async () => {
    const { redis } = tenancy.stack;
    await outlast({ ...{ tenancy, acme, keep }, begin: () => redis.kill(), end: () => redis.restart() });
  });

  test("an agent whose engine is down takes no work and says so", async () => {
    const body = { type: "docker", payload: { action: "run", image: "debian" } };
    const answer = await post("/execute", body);
    expect([answer.status, Object(answer.body)["code"]]).toEqual([503, "agent_unavailable"]);
    expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
  });

  test("work for an agent without a worker waits, says why, and is done when there is one again", async () => {
    await tenancy.call("siteOwner", "cancelWorkflow", { params: { workflow_id: acme.workflow } });
    const worker = tenancy.stack.service("infra-worker");
    await worker.stop();
    const { client } = tenancy.stack;
    const task = await client.call(executeTask, {
      body: { type: "diagnostics", payload: { action: "echo", value: 1 } },
    });
    // A worker that had to be killed in the end counts as alive until it has been silent for a while.
    await eventually(
      async () => {
        const why = await tenancy.call("siteOwner", "explainTask", { params: { task_id: task.id } });
        expect(why.body).toMatchObject({
          status: "queued",
          reasons: [{ code: "no_live_worker", ref: "diagnostics" }],
        });
        return true;
      },
      { deadlineMs: 15_000 },
    );
    worker.start();
    expect(await client.waitForTask(task.id, { timeoutMs: 30_000 })).toMatchObject({ status: "completed" });
  });
});

describe("no secret is where it has no business", () => {
  const redisPassword = () => new URL(tenancy.stack.redisUrl).password;
  const all = () => ({ ...secrets, "the key of a caller": tenancy.keyOf("acmeOwner").split("_")[2] ?? "" });
  const stateFolder = () => dirname(tenancy.stack.logsDir);

  beforeAll(async () => {
    // Where else a secret comes along.
    const url = `${tenancy.stack.url}${prefix}/tasks/${acme.endedTask}/events?coder_session_token=`;
    expect((await readSocket(`${url}${bootstrapKey}`)).code).toBe(1000);
    const registration = {
      workspace_id: "ws-remote",
      runtime: "remote",
      password: secrets["a registration's password"],
    };
    expect((await post("/opencode/register", { ...registration, url: "http://127.0.0.1:9/" })).status).toBe(
      400,
    );
    expect((await post("/opencode/register", { ...registration, runtime: "process" })).status).toBe(201);
    await keep("a wrong key", ask(tenancy.stack, `${prefix}/me`, { key: `${bootstrapKey}x` }));
    for (const path of [
      "tasks",
      "agentzero/workflows",
      "dead-letters",
      "keys",
      "opencode/instances",
      "registry",
    ])
      await keep(path, ask(tenancy.stack, `${prefix}/${path}`));
  });

  /** The servers of OpenCode that run now, with what they were given. */
  async function instances() {
    const worker = tenancy.stack.service("opencode-worker").pid ?? 0;
    const servers = (await descendantsOf(worker)).filter(({ command }) => / serve /.test(command));
    return await Promise.all(servers.map(({ pid }) => environmentOf(pid)));
  }

  test("not in Redis: no key, no value, no job, no event", async () => {
    const found = await redisHaystacks(tenancy.stack.redisUrl);
    // The search finds what is there.
    expect(findLeaks({ "a task": acme.task }, found)).not.toEqual([]);
    expect(findLeaks(all(), found)).toEqual([]);
  });

  test("not in any log, in what Redis wrote, in a workspace or in the state of OpenCode", async () => {
    const found = await fileHaystacks(stateFolder());
    expect(found.map(({ where }) => where)).toContain(join(tenancy.stack.logsDir, "opencode-worker.log"));
    expect(findLeaks({ "a workspace": "ws-secrets" }, found)).not.toEqual([]);
    expect(findLeaks(all(), found)).toEqual([]);
    const beside = found.filter(({ where }) => !where.startsWith(join(stateFolder(), "redis")));
    expect(findLeaks({ "the password of Redis": redisPassword() }, beside)).toEqual([]);
  });

  test("not in any answer: tasks, results, events, errors", () => {
    expect(findLeaks({ "a task": acme.task }, answers)).not.toEqual([]);
    expect(findLeaks({ ...all(), "the password of Redis": redisPassword() }, answers)).toEqual([]);
  });

  test("not in a trace", () => {
    const found = [{ where: "a span", text: JSON.stringify(traces.spans) }];
    expect(findLeaks({ "a task": acme.endedTask }, found)).not.toEqual([]);
    expect(findLeaks({ ...all(), "the password of Redis": redisPassword() }, found)).toEqual([]);
  });

  test("not in the environment of an OpenCode server; what is there leads to the worker's relay and is in no log", async () => {
    const environments = await instances();
    expect(environments.length).toBeGreaterThan(0);
    for (const environment of environments) {
      const found = [{ where: "its environment", text: JSON.stringify(environment) }];
      expect(findLeaks({ ...all(), "the password of Redis": redisPassword() }, found)).toEqual([]);
      const { OPENCODE_SERVER_PASSWORD, OPENCODE_CONFIG_CONTENT } = environment;
      const options = z.object({ apiKey: z.string(), baseURL: z.string().startsWith("http://127.0.0.1:") });
      const config = z.object({ provider: z.object({ drover: z.object({ options }) }) });
      const { apiKey } = config.parse(JSON.parse(OPENCODE_CONFIG_CONTENT ?? "")).provider.drover.options;
      const own = { "an instance's password": OPENCODE_SERVER_PASSWORD ?? "", "an instance's token": apiKey };
      const elsewhere = [
        ...answers,
        ...(await redisHaystacks(tenancy.stack.redisUrl)),
        ...(await fileHaystacks(tenancy.stack.logsDir)),
        ...(await fileHaystacks(tenancy.stack.workspacesDir)),
      ];
      expect(findLeaks(own, elsewhere)).toEqual([]);
    }
  });
});
