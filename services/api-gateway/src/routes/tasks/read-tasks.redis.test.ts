import { explainTask } from "@drover/contracts";
import { eventually } from "@drover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, codeOf, echo, idOf, type Reply, resultOf, startBench } from "../../gateway.bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe("GET /tasks/{id}", () => {
  test("what may not be read looks exactly like what does not exist", async () => {
    const owned = await bench.owner.call("POST", "/execute", {
      body: { ...echo(), organization_id: "org-b" },
    });
    const stranger = await bench.caller({ role: "owner", organization_id: "org-a" });
    const missing = await stranger.call("GET", "/tasks/task_01jd3f00000000000000000000");
    for (const path of ["", "/why", "/events"]) {
      const hidden = await stranger.call("GET", `/tasks/${idOf(owned.body)}${path}`);
      expect(hidden.status).toBe(404);
      expect(hidden.text).toBe(missing.text);
    }
    const cancelled = await stranger.call("POST", `/tasks/${idOf(owned.body)}/cancel`);
    expect(cancelled.text).toBe(missing.text);
    expect((await bench.owner.call("GET", "/tasks/not-an-id")).text).toBe(missing.text);
  });

  test("a wait is answered as soon as the task is final", async () => {
    const { body } = await bench.owner.call("POST", "/execute", { body: echo() });
    const waiting = bench.owner.call("GET", `/tasks/${idOf(body)}?wait=30`);
    const claim = await bench.claim(idOf(body));
    await claim.complete(resultOf("done"));
    const reply = await waiting;
    expect(reply.body).toMatchObject({ status: "completed", attempt: 1, result: { output: "done" } });
  });

  test("a wait that is over answers what is, and one that is too long is refused", async () => {
    const { body } = await bench.owner.call("POST", "/execute", { body: echo() });
    expect((await bench.owner.call("GET", `/tasks/${idOf(body)}?wait=0.2`)).body).toMatchObject({
      status: "queued",
    });
    expect((await bench.owner.call("GET", `/tasks/${idOf(body)}?wait=61`)).body).toMatchObject({
      code: "validation_failed",
      validations: [{ field: "wait" }],
    });
  });

  test("a caller who leaves ends its wait", async () => {
    const { body } = await bench.owner.call("POST", "/execute", { body: echo() });
    const leaving = new AbortController();
    const waiting = bench.owner.call("GET", `/tasks/${idOf(body)}?wait=60`, { signal: leaving.signal });
    const metrics = async () =>
      await (await fetch(`http://127.0.0.1:${bench.gateway.metricsPort}/metrics`)).text();
    await eventually(async () => /requests_in_flight\{method="GET"[^}]*\} 1/.test(await metrics()));
    leaving.abort();
    await expect(waiting).rejects.toThrow();
    await eventually(async () => /requests_in_flight\{method="GET"[^}]*\} 0/.test(await metrics()));
  });
});

describe("POST /tasks/{id}/cancel", () => {
  test("a queued task ends at once, and a second cancel finds it final", async () => {
    const { body } = await bench.owner.call("POST", "/execute", { body: echo() });
    const first = await bench.owner.call("POST", `/tasks/${idOf(body)}/cancel`);
    expect(first).toMatchObject({ status: 202, body: { status: "cancelled" } });
    const second = await bench.owner.call("POST", `/tasks/${idOf(body)}/cancel`);
    expect(second).toMatchObject({ status: 409, body: { code: "already_final" } });
  });

  test("a viewer reads a task and may not cancel it", async () => {
    const { body } = await bench.owner.call("POST", "/execute", {
      body: { ...echo(), organization_id: "org-a" },
    });
    const viewer = await bench.caller({ role: "viewer", organization_id: "org-a" });
    expect((await viewer.call("GET", `/tasks/${idOf(body)}`)).status).toBe(200);
    expect(await viewer.call("POST", `/tasks/${idOf(body)}/cancel`)).toMatchObject({
      status: 403,
      body: { code: "forbidden" },
    });
  });
});

describe("GET /tasks/{id}/why", () => {
  const reasons = (reply: Reply) => explainTask.responses[200].schema.parse(reply.body).reasons;
  const codes = (reply: Reply) => reasons(reply).map(({ code }) => code);

  test("tells what a task waits for, and that it has ended", async () => {
    const { body } = await bench.owner.call("POST", "/execute", { body: { ...echo(), delay_seconds: 60 } });
    const delayed = await bench.owner.call("GET", `/tasks/${idOf(body)}/why`);
    expect(delayed.body).toMatchObject({ status: "delayed" });
    expect(codes(delayed)).toEqual(["delayed_until", "no_live_worker"]);
    expect(Date.parse(reasons(delayed)[0]?.until ?? "")).toBeGreaterThan(Date.now());
    await bench.owner.call("POST", `/tasks/${idOf(body)}/cancel`);
    expect(codes(await bench.owner.call("GET", `/tasks/${idOf(body)}/why`))).toEqual(["final"]);
  });

  test("tells of a paused queue and of tasks ahead", async () => {
    await bench.owner.call("POST", "/queues/docker/pause");
    const body = { type: "docker", payload: { action: "inspect", container: "web" } };
    await bench.owner.call("POST", "/execute", { body });
    const second = await bench.owner.call("POST", "/execute", { body });
    const why = await bench.owner.call("GET", `/tasks/${idOf(second.body)}/why`);
    expect(codes(why)).toEqual(["no_live_worker", "queue_paused", "queued_behind"]);
    await bench.owner.call("POST", "/queues/docker/resume");
  });

  test("tells of a running attempt and of a cancel that is on its way", async () => {
    const { body } = await bench.owner.call("POST", "/execute", { body: echo() });
    await bench.claim(idOf(body));
    expect(codes(await bench.owner.call("GET", `/tasks/${idOf(body)}/why`))).toEqual(["running"]);
    await bench.owner.call("POST", `/tasks/${idOf(body)}/cancel`);
    expect(codes(await bench.owner.call("GET", `/tasks/${idOf(body)}/why`))).toEqual([
      "cancel_requested",
      "running",
    ]);
  });
});

describe("GET /tasks", () => {
  test("pages newest first by a cursor, and counts what matches", async () => {
    const member = await bench.caller({ role: "member", organization_id: "org-list" });
    const made: string[] = [];
    for (let i = 0; i < 5; i += 1)
      made.unshift(idOf((await member.call("POST", "/execute", { body: echo(i) })).body));
    const first = await member.call("GET", "/tasks?limit=2");
    expect(first.body).toMatchObject({ count: 5 });
    expect(first.body).toMatchObject({ tasks: made.slice(0, 2).map((id) => ({ id })) });
    const next = await member.call("GET", `/tasks?limit=2&after_id=${made[1]}`);
    expect(next.body).toMatchObject({ tasks: made.slice(2, 4).map((id) => ({ id })) });
  });

  test("shows a principal only what its roles cover", async () => {
    const put = async (organization_id: string, workspace_id: string) => {
      const body = { ...echo(), organization_id, workspace_id };
      const made = await bench.owner.call("POST", "/execute", { body });
      expect(made.status).toBe(202);
      return made;
    };
    const inside = await put("org-x", "ws-x1");
    await put("org-x", "ws-x2");
    const whole = await put("org-y", "ws-y1");
    await put("org-z", "ws-z1");
    const caller = await bench.caller(
      { role: "viewer", organization_id: "org-x", workspace_id: "ws-x1" },
      { role: "viewer", organization_id: "org-y" },
    );
    const all = await caller.call("GET", "/tasks");
    expect(all.body).toMatchObject({ tasks: [{ id: idOf(whole.body) }, { id: idOf(inside.body) }] });
    expect(all.body).toMatchObject({ count: 2 });
    expect((await caller.call("GET", "/tasks?q=organization:org-z")).body).toMatchObject({ tasks: [] });
    expect((await caller.call("GET", "/tasks?q=workspace:ws-x2")).body).toMatchObject({ tasks: [] });
    expect((await caller.call("GET", "/tasks?q=organization:org-x%20status:queued")).body).toMatchObject({
      count: 1,
    });
  });

  test("refuses an unknown term, a bad limit, and a term without a value", async () => {
    for (const query of ["q=colour:red", "limit=0", "limit=201", "limit=1&limit=2", "q=status:"]) {
      const reply = await bench.owner.call("GET", `/tasks?${query}`);
      expect(reply.status).toBe(400);
      expect(codeOf(reply.body)).toBe("validation_failed");
    }
  });
});
