/** The event streams beside their plain story: resuming, WebSocket, and what refuses an upgrade. */
import { newId } from "@drover/contracts";
import { describe, expect, test } from "vitest";
import { prefix } from "../e2e/api.ts";
import { readSocket, refusedSocket, sseEvents } from "./event-streams.ts";
import { anotherAddress, type World } from "./world.ts";

const eventsOf = (world: World, id: string) => `${world.stack.url}${prefix}/tasks/${id}/events`;
const echo = { action: "echo", value: 1 };

export function testStreams(world: World): void {
  const withKey = () => ({ headers: { "Coder-Session-Token": world.stack.key } });

  describe("event streams", () => {
    test("SSE resumes by ?after= and by Last-Event-ID, of which the latter counts", async () => {
      const params = { task_id: await world.submitAndWait(echo) };
      const told = async (sent: object) =>
        sseEvents((await world.call("streamTaskEvents", { params, ...sent })).text);
      const events = await told({});
      const [first, second, third] = events.map(({ id }) => id);
      expect(events).toHaveLength(3);
      expect(await told({ query: { after: first } })).toEqual(events.slice(1));
      expect(await told({ headers: { "Last-Event-ID": second } })).toEqual(events.slice(2));
      expect(await told({ query: { after: first }, headers: { "Last-Event-ID": second } })).toEqual(
        events.slice(2),
      );
      expect(await told({ query: { after: third } })).toEqual([]);
      expect(await told({ query: { after: "0" } })).toEqual(events);
    });

    test("a Last-Event-ID that is none is 400", async () => {
      const params = { task_id: await world.submitLater() };
      const answer = await world.call("streamTaskEvents", { params, headers: { "Last-Event-ID": "x" } });
      expect(answer.status).toBe(400);
    });

    test("a WebSocket tells the same events as SSE, as they come, and closes with 1000", async () => {
      const id = await world.submit({ action: "sleep", ms: 300, value: 1 });
      const live = await readSocket(eventsOf(world, id), withKey());
      const later = await world.call("streamTaskEvents", { params: { task_id: id } });
      expect(live.events).toEqual(sseEvents(later.text));
      expect(live.events.map(({ type }) => type)).toEqual([
        "task.queued",
        "task.started",
        "task.progress",
        "task.completed",
      ]);
      expect(live.code).toBe(1000);
    });

    test("a WebSocket resumes by ?after=", async () => {
      const id = await world.submitAndWait(echo);
      const { events } = await readSocket(eventsOf(world, id), withKey());
      const rest = await readSocket(`${eventsOf(world, id)}?after=${events[0]?.id}`, withKey());
      expect(rest).toEqual({ events: events.slice(1), code: 1000 });
    });

    test("a WebSocket follows a run", async () => {
      const step = { id: "a", agent: "diagnostics", task: "echo", parameters: { value: 1 } };
      const id = await world.submitRun({ name: "followed", steps: [step] });
      const url = `${world.stack.url}${prefix}/agentzero/workflows/${id}/events`;
      const { events, code } = await readSocket(url, withKey());
      expect([events.at(-1)?.type, code]).toEqual(["workflow.completed", 1000]);
    });

    test("a WebSocket may bring its key in the query", async () => {
      const id = await world.submitAndWait(echo);
      const url = `${eventsOf(world, id)}?coder_session_token=${world.stack.key}`;
      expect((await readSocket(url)).code).toBe(1000);
    });

    const refusals = [
      { why: "without a key", key: null, status: 401, code: "unauthenticated" },
      {
        why: "with a wrong key",
        key: `drv_${"a".repeat(12)}_${"b".repeat(40)}`,
        status: 401,
        code: "unauthenticated",
      },
      { why: "of a task that there is not", status: 404, code: "not_found" },
      { why: "with a cursor that is none", query: "?after=x", status: 400, code: "validation_failed" },
    ];
    test.each(refusals)("an upgrade $why is refused with $status before it", async (refusal) => {
      const { key = world.stack.key, query = "", status } = refusal;
      const headers = { ...anotherAddress(), ...(key === null ? {} : { "Coder-Session-Token": key }) };
      const answer = await refusedSocket(`${eventsOf(world, newId("task"))}${query}`, { headers });
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([status, { code: refusal.code }]);
      expect(answer.headers["x-request-id"]).toMatch(/^req_/);
      if (status === 401) expect(answer.headers["www-authenticate"]).toBe('Bearer realm="drover"');
    });

    test("an upgrade by the cookie of a page of another site is refused", async () => {
      const id = await world.submitAndWait(echo);
      const headers = { Cookie: `coder_session_token=${world.stack.key}`, Origin: "https://example.com" };
      expect((await refusedSocket(eventsOf(world, id), { headers })).status).toBe(403);
    });

    test("an upgrade of a path without a stream is an ordinary request", async () => {
      const answer = await refusedSocket(`${world.stack.url}${prefix}/me`, withKey());
      expect(answer.status).toBe(200);
    });
  });
}
