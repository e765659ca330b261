/** What `Idempotency-Key` promises, for every operation that heeds it. */
import { operations } from "@drover/contracts";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { expectFaults } from "./case.ts";
import { type OperationName, uniqueName, type World } from "./world.ts";

const echo = (value: number) => ({
  type: "diagnostics",
  delay_seconds: 3600,
  payload: { action: "echo", value },
});
const step = { id: "a", agent: "diagnostics", task: "sleep", parameters: { ms: 1 } };
const explain = (workspace: string) => ({
  type: "opencode",
  delay_seconds: 3600,
  payload: { action: "explain", context: { workspace_id: workspace } },
});

/** Two requests that differ. */
const bodies: Partial<Record<OperationName, readonly [unknown, unknown]>> = {
  composeWorkflow: [
    { goal: "Write an API", planner: "rules" },
    { goal: "Write a page", planner: "rules" },
  ],
  createTemplate: [
    { name: "idem", steps: [step] },
    { name: "idem-2", steps: [step] },
  ],
  importTemplates: [
    { templates: [{ name: "idem-import", steps: [step] }] },
    { templates: [{ name: "idem-import", description: "x", steps: [step] }] },
  ],
  createKey: [
    { name: "idem", roles: [{ role: "viewer" }] },
    { name: "idem", roles: [{ role: "member" }] },
  ],
  executeBatch: [{ tasks: [echo(1), echo(2)] }, { tasks: [echo(1)] }],
  executeTask: [echo(1), echo(2)],
  registerInstance: [
    { workspace_id: "ws-idem", runtime: "process" },
    { workspace_id: "ws-idem", runtime: "process", trusted: true },
  ],
  submitOpenCodeTask: [explain("ws-idem"), explain("ws-idem-2")],
  submitWorkflow: [
    { name: "one", steps: [step] },
    { name: "two", steps: [step] },
  ],
};

const isOperation = (name: string): name is OperationName => Object.hasOwn(operations, name);
const idempotent = Object.keys(operations)
  .filter(isOperation)
  .filter((name) => operations[name].idempotent);

export function testIdempotency(world: World): void {
  describe("Idempotency-Key", () => {
    for (const name of idempotent) {
      test(`${name}: the same request is answered again, another one with the same key is refused`, async () => {
        const [body, other] = bodies[name] ?? [];
        expect(body, `say two requests of ${name}`).toBeDefined();
        const headers = { "Idempotency-Key": uniqueName(name) };
        const first = await world.call(name, { body, headers });
        expect(first.status).toBeLessThan(300);
        expect(first.headers.has("Idempotency-Replayed")).toBe(false);
        const second = await world.call(name, { body, headers });
        expect([second.status, second.body]).toEqual([first.status, first.body]);
        expect(second.headers.get("Idempotency-Replayed")).toBe("true");
        expect(second.headers.get("Location")).toBe(first.headers.get("Location"));
        const reused = await world.call(name, { body: other, headers });
        expect([reused.status, Object(reused.body)["code"]]).toEqual([409, "idempotency_key_reused"]);
      });
    }

    test("many requests at once with one key create one task", async () => {
      const workspace = uniqueName("ws-once");
      const body = { ...echo(1), workspace_id: workspace };
      const headers = { "Idempotency-Key": uniqueName("once") };
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => world.call("executeTask", { body, headers })),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
      const { id } = z.object({ id: z.string() }).parse(answers[0]?.body);
      for (const answer of answers) expect(answer.body).toMatchObject({ id });
      const list = await world.call("listTasks", { query: { q: `workspace:${workspace}` } });
      expect(list.body).toMatchObject({ count: 1, tasks: [{ id }] });
    });

    test("it is the caller's own: another key of the API may use the same one", async () => {
      const made = await world.call("createKey", { body: { name: "other", roles: [{ role: "member" }] } });
      const { key } = z.object({ key: z.string() }).parse(made.body);
      const headers = { "Idempotency-Key": uniqueName("own") };
      const first = await world.call("executeTask", { body: echo(1), headers });
      const second = await world.call("executeTask", { body: echo(2), headers, key });
      expect([first.status, second.status]).toEqual([202, 202]);
      expect(Object(second.body)["id"]).not.toBe(Object(first.body)["id"]);
    });

    test("a refused request leaves it free for the mended one", async () => {
      const headers = { "Idempotency-Key": uniqueName("mended") };
      const bad = { type: "nobody", payload: {} };
      expect((await world.call("executeTask", { body: bad, headers })).status).toBe(400);
      const mended = await world.call("executeTask", { body: echo(1), headers });
      expect(mended.status).toBe(202);
      expect(mended.headers.has("Idempotency-Replayed")).toBe(false);
    });

    test.each(["x".repeat(256), ""])("one of %j is refused", async (key) => {
      const answer = await world.call("executeTask", { body: echo(1), headers: { "Idempotency-Key": key } });
      expect(answer.status).toBe(400);
      expectFaults(answer, { "Idempotency-Key": "1 to 255" });
    });
  });
}
