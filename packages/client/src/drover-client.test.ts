import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Event, executeTask, getTask, newId, type Task } from "@drover/contracts";
import { trackLeaks } from "@drover/testing";
import { afterAll, afterEach, expect, expectTypeOf, test } from "vitest";
import { DroverApiError, DroverUnreachable, WaitTimeout } from "./api-error.ts";
import { DroverClient } from "./drover-client.ts";

const leaks = trackLeaks();
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(() => leaks.check());

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}
type Handler = (seen: Seen, response: ServerResponse, count: number) => void;

/** A gateway that answers by `handler` and remembers what it was asked. */
async function gateway(handler: Handler): Promise<{ client: DroverClient; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const { method = "", url = "", headers } = request;
    const entry = { method, path: url, headers, body };
    seen.push(entry);
    handler(entry, response, seen.length);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { client: new DroverClient({ baseUrl: `http://127.0.0.1:${address.port}`, key: "drv_k_s" }), seen };
}

const taskId = newId("task");
const task = (status: Task["status"]): Task => ({
  id: taskId,
  agent: "diagnostics",
  type: "diagnostics",
  status,
  payload: { action: "echo" },
  organization_id: "default",
  workspace_id: null,
  priority: "normal",
  attempt: 1,
  max_attempts: 3,
  timeout_seconds: 60,
  start_timeout_seconds: null,
  heartbeat_timeout_seconds: null,
  total_timeout_seconds: null,
  backoff: { initial_ms: 1000, cap_ms: 300_000, factor: 2 },
  workflow_id: null,
  step_id: null,
  created_by: "user_1",
  trace_id: null,
  labels: {},
  created_at: "2026-01-01T00:00:00.000Z",
  started_at: null,
  finished_at: null,
  result: null,
  usage: null,
  budget: null,
  error: null,
});

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}
const busy = (response: ServerResponse) =>
  send(response, 503, { message: "Busy.", code: "redis_unavailable" }, { "retry-after": "0" });

const submission = { type: "diagnostics", payload: { action: "echo" } };

test("a call fills the path and the query, sends the credential, and answers the typed body", async () => {
  const { client, seen } = await gateway((_, response) => send(response, 200, task("queued")));
  const answer = await client.call(getTask, { params: { task_id: "a/b" }, query: { wait: 3 } });
  expectTypeOf(answer).toEqualTypeOf<Task>();
  expect(answer.id).toBe(taskId);
  expect(seen[0]).toMatchObject({ method: "GET", path: "/api/v2/agents/tasks/a%2Fb?wait=3" });
  expect(seen[0]?.headers.authorization).toBe("Bearer drv_k_s");
});

test("an error carries status, code, faults, request id and when to come back", async () => {
  const { client } = await gateway((_, response) =>
    send(
      response,
      429,
      { message: "Full.", code: "queue_full", validations: [{ field: "a", detail: "is b" }] },
      { "retry-after": "120", "x-request-id": "req_7" },
    ),
  );
  const error = await client.call(executeTask, { body: submission }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DroverApiError);
  expect(error).toMatchObject({ status: 429, code: "queue_full", requestId: "req_7", retryAfterMs: 120_000 });
});

test("a read is tried again, a bare submission is not", async () => {
  const { client, seen } = await gateway((_, response, count) =>
    count < 3 ? busy(response) : send(response, 200, task("queued")),
  );
  await client.call(getTask, { params: { task_id: taskId } });
  expect(seen).toHaveLength(3);
  const other = await gateway((_, response) => busy(response));
  await expect(other.client.call(executeTask, { body: submission })).rejects.toThrow(DroverApiError);
  expect(other.seen).toHaveLength(1);
});

test("a submission with an idempotency key is tried again under the same key, and not for ever", async () => {
  const { client, seen } = await gateway((_, response) => busy(response));
  await expect(client.submitTask(submission)).rejects.toThrow(/Busy/);
  expect(seen).toHaveLength(4);
  expect(new Set(seen.map((entry) => entry.headers["idempotency-key"])).size).toBe(1);
});

test("what the API refuses for good is not tried again", async () => {
  const { client, seen } = await gateway((_, response) =>
    send(response, 404, { message: "Resource not found.", code: "not_found" }),
  );
  await expect(client.call(getTask, { params: { task_id: taskId } })).rejects.toThrow(/not found/);
  expect(seen).toHaveLength(1);
});

test("a gateway that never answers is an error at the deadline", async () => {
  const { client } = await gateway(() => undefined);
  const call = client.call(getTask, { params: { task_id: taskId }, deadlineMs: 150 });
  await expect(call).rejects.toThrow(DroverUnreachable);
});

test("a gateway that is not there is an error that says so", async () => {
  const client = new DroverClient({ baseUrl: "http://127.0.0.1:9", key: "drv_k_s" });
  await expect(client.call(executeTask, { body: submission })).rejects.toThrow(/cannot be reached/);
});

test("an answer that breaks the contract is an error, not a wrong value", async () => {
  const { client } = await gateway((_, response) => send(response, 200, { id: 7 }));
  const call = client.call(getTask, { params: { task_id: taskId } });
  await expect(call).rejects.toMatchObject({ code: "unexpected_response" });
});

test("an aborted caller gets its own reason", async () => {
  const { client } = await gateway(() => undefined);
  const stop = new AbortController();
  const call = client.call(getTask, { params: { task_id: taskId }, signal: stop.signal });
  stop.abort(new Error("enough"));
  await expect(call).rejects.toThrow("enough");
});

test("waiting polls until the task is final", async () => {
  const { client, seen } = await gateway((_, response, count) =>
    send(response, 200, task(count < 3 ? "running" : "completed")),
  );
  expect((await client.waitForTask(taskId)).status).toBe("completed");
  expect(seen.every((entry) => entry.path.includes("wait="))).toBe(true);
});

test("waiting ends with an error when its time is over", async () => {
  const { client } = await gateway((_, response) =>
    setTimeout(() => send(response, 200, task("running")), 30),
  );
  await expect(client.waitForTask(taskId, { timeoutMs: 100 })).rejects.toThrow(WaitTimeout);
});

// --- Events ------------------------------------------------------------------------------------------------------

function happening(id: string, type: Event["type"]): string {
  const data = { id, type, time: "2026-01-01T00:00:00.000Z", task_id: taskId, data: {} };
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

async function collect(events: AsyncGenerator<Event>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of events) ids.push(id);
  return ids;
}

const stream = (response: ServerResponse) => response.writeHead(200, { "content-type": "text/event-stream" });

test("a lost stream is resumed behind the last event, and ends after the final one", async () => {
  const { client, seen } = await gateway((_, response, count) => {
    stream(response).write(count === 1 ? happening("1-0", "task.queued") : "");
    if (count === 1) response.write(happening("2-0", "task.started"), () => response.destroy());
    else response.write(happening("3-0", "task.completed"));
  });
  expect(await collect(client.taskEvents(taskId))).toEqual(["1-0", "2-0", "3-0"]);
  expect(seen.map((entry) => entry.headers["last-event-id"])).toEqual([undefined, "2-0"]);
});

test("a stream that is silent for too long counts as lost", async () => {
  const { client, seen } = await gateway((_, response, count) => {
    stream(response).write(": hello\n\n");
    if (count > 1) response.write(happening("1-0", "task.failed"));
  });
  expect(await collect(client.taskEvents(taskId, { idleMs: 80 }))).toEqual(["1-0"]);
  expect(seen).toHaveLength(2);
});

test("a stream of a final task that has no more events ends", async () => {
  const { client } = await gateway((entry, response) => {
    if (entry.path.includes("/events")) stream(response).end();
    else send(response, 200, task("completed"));
  });
  expect(await collect(client.taskEvents(taskId, { after: "9-0" }))).toEqual([]);
});

test("a refused stream is an error at once, a failing one after its tries", async () => {
  const refused = await gateway((_, response) => send(response, 403, { message: "No.", code: "forbidden" }));
  await expect(collect(refused.client.taskEvents(taskId))).rejects.toThrow(DroverApiError);
  expect(refused.seen).toHaveLength(1);
  const failing = await gateway((_, response) => response.destroy());
  await expect(collect(failing.client.taskEvents(taskId, { triesMax: 2 }))).rejects.toThrow(
    DroverUnreachable,
  );
  expect(failing.seen).toHaveLength(2);
});

test("leaving the loop or aborting closes the connection", async () => {
  const { client } = await gateway((_, response) => {
    stream(response).write(happening("1-0", "task.queued"));
  });
  for await (const _ of client.taskEvents(taskId)) break;
  const stop = new AbortController();
  for await (const _ of client.taskEvents(taskId, { signal: stop.signal })) stop.abort();
});
