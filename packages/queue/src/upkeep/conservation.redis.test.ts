import { expect, test } from "vitest";
import { cancelTask } from "../cancellation.ts";
import { DeadLetters } from "../dead-letters.ts";
import { claimTask } from "../task-claim.ts";
import { checkInvariants } from "./check-invariants.ts";
import { readStanding } from "./standing.ts";
import { cancelled, claimed, completed, failed, shard, store, submitted } from "./upkeep.fixture.ts";

test("every task is counted in the state in which it is", async () => {
  await submitted();
  await submitted({ delaySeconds: 3600 });
  await claimed(await submitted());
  const deferred = await claimed(await submitted());
  await deferred.defer(null, Date.now() + 60_000, true);
  await completed();
  await failed();
  await cancelled();
  const audit = await checkInvariants(store, { full: true });
  expect(audit).toMatchObject({ ok: true, leaks: [], drift: [] });
  const states = { accepted: 7, queued: 1, delayed: 2, parked: 0, running: 1, waiting: 0, final: 3 };
  expect(audit.conservation).toMatchObject({ ...states, forgotten: 0, difference: 0 });
  expect(audit.agents).toMatchObject({ diagnostics: states });
});

/** What a number comes to as an operation, the same for the same number: a failing round can be run again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

test("accepted is the sum of all states at every moment, whatever happens to the tasks meanwhile", async () => {
  const next = random(20_261_122);
  const letters = new DeadLetters(store);
  const ids: string[] = [];
  let parked = 0;
  const operations = [
    async () => {
      const workspaceId = `ws-${Math.floor(next() * 3)}`;
      ids.push(await submitted({ workspaceId, delaySeconds: next() < 0.3 ? 60 : 0 }));
    },
    async (id: string) => {
      const outcome = await claimTask(store, shard, id, "worker", 60_000);
      if (outcome.kind === "parked") parked += 1;
      if (outcome.kind !== "claimed") return;
      const pick = next();
      const error = { code: "agent_failed", message: "no", retryable: true, attempt: 1 };
      if (pick < 0.3) await outcome.claim.complete({ output: 1, artifacts: [] });
      else if (pick < 0.5) await outcome.claim.fail(error);
      else if (pick < 0.7) await outcome.claim.defer(error, Date.now() + 1_000, true);
      else if (pick < 0.8) await outcome.claim.cancel();
    },
    async (id: string) => void (await cancelTask(store, shard, id, "key_test").catch(() => undefined)),
    async () => {
      const page = await letters.list({ visible: "all", limit: 1, afterId: undefined, search: {} });
      const [letter] = page.items;
      if (letter === undefined) return;
      if (next() < 0.5) await letters.redrive(letter.id, "key_test").catch(() => undefined);
      else await letters.delete(letter.id).catch(() => undefined);
    },
  ];
  let done = false;
  const watching = (async () => {
    let looks = 0;
    while (!done) {
      const { tasks, drift } = await readStanding(store, shard);
      const tally = tasks["diagnostics"];
      if (tally === undefined) continue;
      const sum =
        tally.queued + tally.delayed + tally.parked + tally.running + tally.waiting + tally.forgotten;
      expect(sum + tally.completed + tally.failed + tally.cancelled).toBe(tally.accepted);
      expect(drift).toEqual([]);
      looks += 1;
    }
    return looks;
  })();
  for (let round = 0; round < 60; round += 1) {
    const some = Array.from({ length: 10 }, () => {
      const operation = operations[Math.floor(next() * operations.length)];
      return operation?.(ids[Math.floor(next() * ids.length)] ?? "task_none");
    });
    await Promise.all(some);
  }
  done = true;
  expect(await watching).toBeGreaterThan(10);
  expect(parked).toBeGreaterThan(0);
  const audit = await checkInvariants(store);
  expect(audit.conservation).toMatchObject({ accepted: ids.length, difference: 0 });
});
