import { describe, expect, test } from "vitest";
import {
  acme,
  claim,
  claimed,
  inAcme,
  isCalled,
  quotas,
  result,
  scheduler,
  shard,
  statusOf,
  store,
  submitted,
} from "./admission.fixture.ts";
import { DeadLetters } from "./dead-letters.ts";
import { TaskLedger } from "./task-ledger.ts";
import { checkInvariants } from "./upkeep/check-invariants.ts";
import { Usages } from "./usages.ts";
import { wakeForgotten } from "./wake.ts";

const used = (input: number, output: number, cost: number, more: object = {}) => ({
  input_tokens: input,
  output_tokens: output,
  cost_usd: cost,
  ...more,
});
const today = () => new Date().toISOString().slice(0, 10);
const opencode = { agent: "opencode", type: "opencode", workspaceId: "ws-1" };
const failure = { code: "model_unavailable", message: "down", retryable: true, attempt: 1 };

async function report(groupBy: readonly ("day" | "organization" | "workspace" | "agent")[] = []) {
  const day = today();
  return await new Usages(store).report({ scopes: [{ visible: "all" }], from: day, to: day, groupBy });
}

describe("usage", () => {
  test("every attempt counts once, however often it is told and however it ends", async () => {
    const id = await submitted(opencode);
    const first = await claimed(id);
    await first.spend(used(100, 10, 0.5, { tool_calls: { write: 1 } }));
    await first.spend(used(100, 10, 0.5, { tool_calls: { write: 1 } }));
    await first.spend(used(300, 30, 0.75, { tool_calls: { write: 2, bash: 1 } }));
    // What comes late and says less takes nothing away.
    await first.spend(used(200, 20, 0.6));
    await first.defer(
      failure,
      Date.now(),
      false,
      used(300, 30, 0.75, { duration_ms: 40, tool_calls: { write: 2 } }),
    );
    const second = await claimed(id);
    await first.spend(used(9_999, 9, 9));
    await second.complete({
      ...result,
      usage: used(5, 1, 0.25, { duration_ms: 2, tool_calls: { write: 1 } }),
    });
    await second.complete({ ...result, usage: used(5, 1, 0.25) });
    const whole = used(305, 31, 1, { duration_ms: 42, tool_calls: { write: 3, bash: 1 } });
    expect((await new TaskLedger(store).find(id))?.usage).toEqual(whole);
    expect((await report()).total).toEqual({ attempts: 2, ...whole });
  });

  test("what a dead worker said as it went is there", async () => {
    const id = await submitted(opencode);
    await (await claimed(id)).spend(used(100, 10, 0.5));
    await (await claimed(id)).cancel(used(1, 1, 0));
    expect((await report()).total).toMatchObject({ attempts: 2, input_tokens: 101, output_tokens: 11 });
  });

  test("is added up by day, organization, workspace and agent, as far as the caller may see", async () => {
    const spend = async (more: object, tokens: number) =>
      await (await claimed(await submitted({ ...opencode, ...more }))).complete({
        ...result,
        usage: used(tokens, 0, 0),
      });
    await spend({}, 1);
    await spend({ workspaceId: "ws-2" }, 2);
    await spend({ agent: "agentzero", type: "agentzero", workspaceId: null }, 4);
    await spend({ organizationId: "globex" }, 8);
    const { rows } = await report(["day", "organization", "workspace", "agent"]);
    expect(
      rows.map((row) => [row.day, row.organization_id, row.workspace_id, row.agent, row.input_tokens]),
    ).toEqual([
      [today(), "acme", null, "agentzero", 4],
      [today(), "acme", "ws-1", "opencode", 1],
      [today(), "acme", "ws-2", "opencode", 2],
      [today(), "globex", "ws-1", "opencode", 8],
    ]);
    const day = today();
    const seen = async (scope: object) =>
      (
        await new Usages(store).report({
          scopes: [{ visible: ["acme"], ...scope }],
          from: day,
          to: day,
          groupBy: ["agent"],
        })
      ).rows.map(({ agent, input_tokens }) => [agent, input_tokens]);
    expect(await seen({})).toEqual([
      ["agentzero", 4],
      ["opencode", 3],
    ]);
    expect(await seen({ workspace: "ws-2" })).toEqual([["opencode", 2]]);
    expect(await seen({ agent: "agentzero" })).toEqual([["agentzero", 4]]);
    const before = new Usages(store).report({
      scopes: [],
      from: "2026-02-01",
      to: "2026-01-01",
      groupBy: [],
    });
    await expect(before).rejects.toMatchObject({ code: "validation_failed" });
  });

  test("an agent without a model costs nothing to finish, a step that ran a workflow is not counted twice", async () => {
    await (await claimed(await submitted())).complete(result);
    const step = await claimed(await submitted({ agent: "control", type: "control" }));
    await step.complete({ ...result, usage: used(7, 7, 7) });
    expect((await report()).total).toMatchObject({ attempts: 0, input_tokens: 0 });
    expect((await new TaskLedger(store).find(step.spec.id))?.usage).toEqual(
      used(7, 7, 7, { duration_ms: 0 }),
    );
  });

  test("its keys go away by themselves, and one that would not is found and mended", async () => {
    await (await claimed(await submitted(opencode))).complete({ ...result, usage: used(1, 1, 1) });
    const key = shard.usage("acme", today());
    for (const one of [key, shard.spent("acme"), shard.spent("acme/ws-1")])
      expect(await store.redis.ttl(one)).toBeGreaterThan(31 * 24 * 3600);
    expect((await checkInvariants(store, { full: true })).leaks).toEqual([]);
    await store.redis.persist(key);
    await store.redis.persist(shard.spent("acme"));
    const { leaks } = await checkInvariants(store, { full: true });
    expect(leaks).toMatchObject([{ kind: "stray_key", count: 2 }]);
  });

  test("what was done is kept with a failure, until the task is done again with its whole budget", async () => {
    const id = await submitted({ ...opencode, budget: { cost_usd: 1 } });
    const over = { ...failure, code: "budget_exceeded", retryable: false };
    await (await claimed(id)).fail(over, used(10, 1, 1.5), { output: { summary: "half" }, artifacts: [] });
    const failed = await new TaskLedger(store).find(id);
    expect(failed).toMatchObject({
      status: "failed",
      error: { code: "budget_exceeded" },
      result: { output: { summary: "half" } },
      usage: used(10, 1, 1.5),
      budget: { cost_usd: 1 },
    });
    const letters = new DeadLetters(store);
    const { items } = await letters.list({ visible: "all", limit: 1, afterId: undefined, search: {} });
    await letters.redrive(items[0]?.id ?? "", "key_test");
    const again = await claimed(id);
    expect(await again.usedBefore()).toMatchObject({ input_tokens: 0, cost_usd: 0 });
    expect(await new TaskLedger(store).find(id)).toMatchObject({ result: null, usage: used(10, 1, 1.5) });
    await again.defer(failure, Date.now(), false, used(3, 1, 0.25));
    expect(await (await claimed(id)).usedBefore()).toMatchObject({ input_tokens: 3, cost_usd: 0.25 });
  });
});

describe("budgets", () => {
  const budget = { period: "day", cost_usd: 1 } as const;
  const spendIn = async (workspaceId: string, cost: number) =>
    await (await claimed(await submitted({ ...opencode, workspaceId }))).complete({
      ...result,
      usage: used(100, 10, cost),
    });
  /** As if that had been on another day. */
  const renew = async (scope: string) => await store.redis.hset(shard.spent(scope), "day", "2020-01-01");

  test("one that is used up refuses what uses a model, with whose it is and when it begins anew", async () => {
    await quotas.set({ organizationId: "acme", workspaceId: "ws-1" }, { budget });
    await spendIn("ws-1", 0.5);
    await spendIn("ws-1", 0.5);
    await spendIn("ws-2", 5);
    const refused = scheduler.submit(inAcme(opencode));
    const midnightMs = Date.parse(`${today()}T00:00:00Z`) + 24 * 3_600_000;
    await expect(refused).rejects.toMatchObject({
      code: "quota_exceeded",
      detail: `acme/ws-1: 1 of 1 USD of this day are used; the budget begins anew at ${new Date(midnightMs).toISOString()}.`,
      retryAfterMs: expect.closeTo(midnightMs - Date.now(), -4),
    });
    await submitted({ workspaceId: "ws-1" });
    await submitted({ ...opencode, workspaceId: "ws-2" });
    expect((await quotas.find({ organizationId: "acme", workspaceId: "ws-1" })).budget).toEqual({
      period: "day",
      cost_usd: 1,
      tokens: null,
      used: { cost_usd: 1, tokens: 220 },
      renews_at: new Date(midnightMs).toISOString(),
    });
    await renew("acme/ws-1");
    expect((await quotas.find({ organizationId: "acme", workspaceId: "ws-1" })).budget?.used.cost_usd).toBe(
      0,
    );
    await submitted(opencode);
  });

  test("of an organization counts all its workspaces, by tokens and by month as well", async () => {
    await quotas.set(acme, { budget: { period: "month", tokens: 200 } });
    await spendIn("ws-1", 0);
    await submitted(opencode);
    await spendIn("ws-2", 0);
    await expect(submitted(opencode)).rejects.toMatchObject({
      detail: expect.stringContaining("acme: 220 of 200 tokens of this month"),
    });
    await quotas.set(acme, {});
    await submitted(opencode);
  });

  test("a running task learns of it with its next step", async () => {
    await quotas.set({ organizationId: "acme", workspaceId: "ws-1" }, { budget });
    const task = await claimed(await submitted(opencode));
    expect(await task.spend(used(10, 1, 0.5))).toBeNull();
    expect(await task.spend(used(20, 2, 1.5))).toEqual({
      scope: "acme/ws-1",
      used: 1.5,
      most: 1,
      what: "cost_usd",
      period: "day",
    });
  });

  test("who was accepted before waits until it begins anew, or is wider", async () => {
    await quotas.set(acme, { budget });
    const ids = [await submitted(opencode), await submitted({ ...opencode, workspaceId: "ws-2" })];
    await spendIn("ws-3", 2);
    for (const id of ids)
      expect(await claim(id)).toMatchObject({
        kind: "parked",
        reason: { code: "budget_exceeded", ref: "acme", n: 2, m: 1, what: "cost_usd", period: "day" },
      });
    const [first = "", second = ""] = ids;
    await wakeForgotten(store, shard);
    expect(await isCalled(first)).toBe(false);
    await quotas.set(acme, { budget: { ...budget, cost_usd: 3 } });
    expect([await isCalled(first), await isCalled(second)]).toEqual([true, true]);
    const running = await claimed(first);
    await running.complete({ ...result, usage: used(1, 1, 4) });
    expect((await claim(second)).kind).toBe("parked");
    await renew("acme");
    await wakeForgotten(store, shard);
    expect(await isCalled(second)).toBe(true);
    expect((await claim(second)).kind).toBe("claimed");
    expect(await statusOf(second)).toBe("running");
  });
});
