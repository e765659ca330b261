/** What is asked while Redis is away, what must be answered, and how all of it comes back. */
import { executeTask, operations } from "@drover/contracts";
import { eventually } from "@drover/testing";
import { expect } from "vitest";
import { readSocket } from "../contract/event-streams.ts";
import { type Answer, ask, prefix } from "../e2e/api.ts";
import { requests } from "./role-table.ts";
import type { Belongings, OperationName, Tenancy } from "./tenancy.ts";

export interface Outage {
  readonly tenancy: Tenancy;
  readonly acme: Belongings;
  /** Notes what was answered. */
  readonly keep: (where: string, answer: Promise<Answer>) => Promise<Answer>;
  readonly begin: () => void | Promise<void>;
  readonly end: () => void | Promise<void>;
}

/** Takes Redis away while everything is asked for, and brings it back. */
export async function outlast(outage: Outage): Promise<void> {
  const long = await longRequests(outage);
  const goneMs = Date.now();
  await outage.begin();
  try {
    await Promise.all([
      expectClearErrors(outage),
      expectOthersInTime(outage),
      expectLongRequestsEnd(long, goneMs),
    ]);
  } finally {
    await outage.end();
  }
  await expectRecovery(outage);
}

const isOperation = (name: string): name is OperationName => Object.hasOwn(operations, name);
const names = Object.keys(operations).filter(isOperation);
/** They need nothing that an outage takes away: the process itself, and who called a moment ago. */
const unharmed = new Set<OperationName>(["getHealth", "getMe"]);

/** Asks for everything at once while Redis is away. */
async function expectClearErrors({ tenancy, acme, keep }: Outage): Promise<void> {
  const found = await Promise.all(
    names.map(async (name) => {
      const startMs = Date.now();
      const answer = await keep(name, tenancy.call("siteOwner", name, requests[name](acme)));
      return { name, answer, ms: Date.now() - startMs };
    }),
  );
  for (const { name, answer, ms } of found) {
    expect(ms, name).toBeLessThan(6_000);
    if (unharmed.has(name) && answer.status === 200) continue;
    expect([name, answer.status], answer.text).toEqual([name, 503]);
    expect(Number(answer.headers.get("Retry-After")), name).toBeGreaterThan(0);
    if (name !== "getReadiness") expect(answer.body, name).toMatchObject({ code: "redis_unavailable" });
  }
}

/** What else may be asked: by whom nobody knows, for a page, with a key that was never seen, twice with one key. */
async function expectOthersInTime({ tenancy, keep }: Outage): Promise<void> {
  const echo = { type: "diagnostics", payload: { action: "echo", value: 1 } };
  const newcomer = { url: tenancy.stack.url, key: `drv_${"n".repeat(12)}_${"o".repeat(40)}` };
  const asked: [string, number[], Promise<Answer>][] = [
    ["without a key", [401, 503], ask(tenancy.stack, `${prefix}/me`, { key: null })],
    ["with a key not seen before", [503], ask(newcomer, `${prefix}/me`)],
    [
      "with an Idempotency-Key",
      [503],
      ask(tenancy.stack, `${prefix}/execute`, {
        body: echo,
        headers: { "Idempotency-Key": "during an outage" },
      }),
    ],
    ["the board", [503], ask(tenancy.stack, "/admin/queues/api/queues")],
    ["the documentation", [200], ask(tenancy.stack, "/docs", { key: null })],
    ["nothing that there is", [404], ask(tenancy.stack, `${prefix}/nope`)],
    ["what is not valid", [400, 503], ask(tenancy.stack, `${prefix}/execute`, { body: {} })],
  ];
  const startMs = Date.now();
  for (const [what, statuses, answer] of asked) {
    const { status } = await keep(what, answer);
    expect(statuses, what).toContain(status);
    expect(Date.now() - startMs, what).toBeLessThan(6_000);
  }
}

/** Requests that are under way when Redis goes: a wait, and both kinds of streams. */
function beginLongRequests({ tenancy, acme }: Outage) {
  const { url, key } = tenancy.stack;
  const settled = async (work: Promise<unknown>) => {
    const outcome = await work.then(
      (value) => value,
      (error: unknown) => `broke off: ${error}`,
    );
    return { outcome, atMs: Date.now() };
  };
  const events = `${url}${prefix}/tasks/${acme.task}/events`;
  const headers = { "Coder-Session-Token": key };
  return {
    wait: settled(ask(tenancy.stack, `${prefix}/tasks/${acme.task}?wait=60`).then(({ status }) => status)),
    stream: settled(ask(tenancy.stack, `${prefix}/tasks/${acme.task}/events`).then(({ status }) => status)),
    socket: settled(readSocket(events, { headers }).then(({ code }) => code)),
  };
}

async function expectLongRequestsEnd(
  long: ReturnType<typeof beginLongRequests>,
  goneMs: number,
): Promise<void> {
  const wait = await long.wait;
  expect(wait.outcome).toBe(503);
  const stream = await long.stream;
  // Cut short, so that a client knows that it was not the end.
  expect(stream.outcome).toMatch(/^broke off/);
  const socket = await long.socket;
  expect(socket.outcome).toBe(1011);
  for (const { atMs } of [wait, stream, socket]) expect(atMs - goneMs).toBeLessThan(7_000);
}

async function expectRecovery({ tenancy, acme }: Outage): Promise<void> {
  await eventually(async () => (await fetch(`${tenancy.stack.url}/readyz`)).ok, { deadlineMs: 15_000 });
  const read = await tenancy.call("siteOwner", "getTask", { params: { task_id: acme.task } });
  expect(read.body).toMatchObject({ id: acme.task, status: "delayed" });
  const { client } = tenancy.stack;
  const task = await client.call(executeTask, {
    body: { type: "diagnostics", payload: { action: "echo", value: "back" } },
  });
  const events = [];
  for await (const event of client.taskEvents(task.id)) events.push(event.type);
  expect(events).toEqual(["task.queued", "task.started", "task.completed"]);
  const registry = await tenancy.call("siteOwner", "getAgentState", {
    params: { agent_name: "diagnostics" },
  });
  expect(registry.body).toMatchObject({ status: "available" });
}

/** Open when all of them are followed. */
async function longRequests(outage: Outage) {
  const gauge = async () => {
    const gateway = outage.tenancy.stack.services.find(({ definition }) => definition.kind === "http");
    const text = await (await fetch(gateway?.metricsUrl() ?? "")).text();
    return [...text.matchAll(/^drover_http_event_streams\{.*\} (\d+)$/gm)].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    );
  };
  const before = await gauge();
  const long = beginLongRequests(outage);
  await eventually(async () => (await gauge()) === before + 2);
  return long;
}
