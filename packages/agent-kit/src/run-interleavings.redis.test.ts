import type { WorkflowStep } from "@drover/contracts";
import { DroverError, PermanentFailure } from "@drover/errors";
import { RunLedger } from "@drover/workflow";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { answer, finalRun, serve, serveRuns, store, submitRun } from "./engine.fixture.ts";

/** What people may do to a run while its steps end. */
const operations = ["pause", "resume", "cancel", "retry", "retry_from", "redrive"] as const;

const plans = fc.record({
  /** For each step: which of the steps before it it depends on, how often it fails, how it is built. */
  steps: fc.array(
    fc.record({
      after: fc.array(fc.nat(20), { maxLength: 3 }),
      failures: fc.constantFrom(0, 0, 0, 1, 2),
      shape: fc.constantFrom("plain", "plain", "fan", "fallback"),
    }),
    { minLength: 2, maxLength: 8 },
  ),
  failFast: fc.boolean(),
  /** What is done, to which step, and how many round trips of Redis after the one before. */
  script: fc.array(
    fc.record({ operation: fc.constantFrom(...operations), step: fc.nat(20), after: fc.nat(60) }),
    { maxLength: 8 },
  ),
});
type Plan = typeof plans extends fc.Arbitrary<infer T> ? T : never;

/** Each step's value is one more than the sum of what it depends on, so every output has a known answer. */
function build(plan: Plan): { steps: WorkflowStep[]; values: Map<string, number> } {
  const values = new Map<string, number>();
  const steps = plan.steps.map(({ after, shape }, index): WorkflowStep => {
    const depends_on = index === 0 ? [] : [...new Set(after.map((n) => `s${n % index}`))];
    const parts = depends_on.map((id) => valueExpression(id, plan));
    const id = `s${index}`;
    const value = `\${{ ${["1", ...parts].join(" + ")} }}`;
    values.set(id, 1 + depends_on.reduce((sum, one) => sum + (values.get(one) ?? 0), 0));
    const work = { agent: "diagnostics", task: "echo", parameters: { value } };
    if (shape === "fan") return { id, ...work, depends_on, for_each: "[0, 1, 2]" };
    return { id, ...work, depends_on, ...(shape === "fallback" ? { fallback: work } : {}) };
  });
  return { steps, values };
}

/** A fan-out is as good as its first item. */
function valueExpression(id: string, plan: Plan): string {
  return plan.steps[Number(id.slice(1))]?.shape === "fan" ? `steps.${id}.output[0]` : `steps.${id}.output`;
}

const expected = new Set(["already_final", "conflict", "not_found", "validation_failed"]);

/** Does it; what cannot be done now is said with an error of the contract, and with no other. */
async function attempt(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof DroverError) || !expected.has(error.code)) throw error;
  }
}

async function perform(
  ledger: RunLedger,
  id: string,
  { operation, step }: Plan["script"][number],
  count: number,
) {
  const name = `s${step % count}`;
  switch (operation) {
    case "pause":
    case "resume":
    case "cancel":
      return await attempt(() => ledger[operation](id, "someone"));
    case "retry":
      return await attempt(() => ledger.retry(id, null, "someone"));
    case "retry_from":
      return await attempt(() => ledger.retry(id, name, "someone"));
    case "redrive":
      await attempt(() => ledger.redriveStep(id, `${name}[1]`, "someone"));
      return await attempt(() => ledger.redriveStep(id, name, "someone"));
  }
}

test("whatever is done to a run while its steps end, it can be brought to its right answer, and no step runs too early or twice at once", async () => {
  const failures = new Map<string, number>();
  const running = new Set<string>();
  const answers = new Map<string, ReadonlyMap<string, number>>();
  const wrong: string[] = [];
  serve(async (task) => {
    const { workflowId = "", stepId = "" } = task.step ?? {};
    const key = `${workflowId}/${stepId}`;
    if (running.has(key)) wrong.push(`${stepId} runs twice at once`);
    running.add(key);
    try {
      const value = z.number().parse(task.payload["value"]);
      const right = answers.get(workflowId)?.get(stepId.replace(/[[.].*/, ""));
      if (value !== right) wrong.push(`${stepId} started with ${value} for ${right}`);
      await store.redis.ping();
      const left = failures.get(key) ?? 0;
      if (left > 0) {
        failures.set(key, left - 1);
        throw new PermanentFailure("agent_failed", "not yet");
      }
      return answer(value);
    } finally {
      running.delete(key);
    }
  });
  serveRuns();
  const ledger = new RunLedger(store);

  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const { steps, values } = build(plan);
      const definition = {
        name: "random",
        steps,
        on_failure: plan.failFast ? "fail_fast" : "continue",
      } as const;
      const id = await submitRun(definition);
      answers.set(id, values);
      for (const [index, { failures: count, shape }] of plan.steps.entries()) {
        failures.set(`${id}/s${index}${shape === "fan" ? "[1]" : ""}`, count);
      }
      for (const one of plan.script) {
        for (let turn = 0; turn < one.after; turn += 1) await store.redis.ping();
        await perform(ledger, id, one, steps.length);
      }
      await attempt(() => ledger.resume(id, "someone"));
      let run = await finalRun(id);
      for (let round = 0; round < 12 && run.status !== "completed"; round += 1) {
        await attempt(() => ledger.retry(id, null, "someone"));
        run = await finalRun(id);
      }
      expect(wrong).toEqual([]);
      expect(run.status).toBe("completed");
      for (const { step_id, output } of run.steps) {
        const value = values.get(step_id);
        expect([step_id, output]).toEqual([step_id, Array.isArray(output) ? [value, value, value] : value]);
      }
    }),
    { numRuns: 25, seed: 20_261_122, endOnFailure: true },
  );
}, 120_000);
