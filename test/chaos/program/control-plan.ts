/** Steps that wait instead of work: for a time, for a person whose decision is known in advance, for another run. */
import type { SeededRandom } from "./seeded-random.ts";
import type { StepPlan, StepSetting } from "./step-plan.ts";

/** What the person who is asked reads, and does. */
export const approverWords = { allow: "chaos: allow", deny: "chaos: deny", leave: "chaos: leave" } as const;

const long = 3_600;

export function controlPlan(random: SeededRandom, { id, dependencies, fails }: StepSetting): StepPlan {
  const depends_on = dependencies.map(({ step }) => step.id);
  const planned = (task: string, parameters: Record<string, unknown>, output?: unknown): StepPlan => ({
    step: { id, agent: "control", task, parameters, depends_on },
    ends: [fails === "never" ? "completed" : "failed"],
    output,
    items: null,
  });
  const good = fails === "never";
  switch (random.weighted({ wait: good ? 2 : 0, decided: 2, left: 1, child: 2 })) {
    case "wait":
      return planned("wait", { duration_seconds: random.integer(1, 20) / 10 });
    case "decided":
      return planned("approval", {
        message: good ? approverWords.allow : approverWords.deny,
        deadline_seconds: long,
      });
    case "left":
      return planned("approval", {
        message: approverWords.leave,
        deadline_seconds: 1,
        default: good ? "allow" : "deny",
      });
    case "child": {
      const value = random.integer(1, 1_000_000);
      const work = good
        ? { task: "sleep", parameters: { ms: random.integer(1, 300), value } }
        : { task: "fail", parameters: { class: "permanent" } };
      const steps = [{ id: "inner", agent: "diagnostics", max_attempts: 20, ...work }];
      return planned("workflow", { workflow: { name: "chaos child", steps } }, { inner: value });
    }
  }
}
