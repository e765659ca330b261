/** A run of a random DAG: what it is asked, what must come of each step, and what somebody does to it. */
import type { WorkflowDefinition, WorkflowStep } from "@drover/contracts";
import { badCalls, diagnosticsCall, goodCalls, type Outcome } from "./diagnostics-call.ts";
import type { SeededRandom } from "./seeded-random.ts";

export interface StepPlan {
  readonly step: WorkflowStep;
  /** What it comes to if it runs. */
  readonly outcome: Outcome;
}

export type RunOperation =
  | { readonly kind: "none" }
  | { readonly kind: "cancel"; readonly afterMs: number }
  | { readonly kind: "repeat"; readonly afterMs: number }
  /** Cancels one step's task. */
  | { readonly kind: "cancelStep"; readonly afterMs: number; readonly stepId: string };

export interface RunWork {
  readonly kind: "run";
  readonly index: number;
  readonly definition: WorkflowDefinition;
  /** In the order of the definition: a step depends only on earlier ones. */
  readonly plan: readonly StepPlan[];
  readonly operation: RunOperation;
}

/** Shapes that engines get wrong: deep, wide, joined, and all of it at random. */
const shapes = { chain: 1, wide: 1, diamonds: 2, random: 4 };
const stepsMax = 24;

export function runWork(random: SeededRandom, index: number, organizationId: string): RunWork {
  const count = random.integer(1, stepsMax);
  const shape = random.weighted(shapes);
  // Half of the runs have nothing that fails: most of what can go wrong shows where all must be right.
  const failing = random.chance(0.5) ? 0.12 : 0;
  const plan: StepPlan[] = [];
  for (let position = 0; position < count; position += 1) {
    const earlier = plan.map(({ step }) => step.id);
    plan.push(stepPlan(random, position, dependenciesOf(random, shape, earlier, position, count), failing));
  }
  return {
    kind: "run",
    index,
    definition: {
      name: `chaos ${index}`,
      organization_id: organizationId,
      steps: shuffled(
        random,
        plan.map(({ step }) => step),
      ),
      on_failure: random.chance(0.25) ? "fail_fast" : "continue",
      labels: { chaos: String(index) },
      priority: random.pick(["urgent", "normal", "batch"] as const),
    },
    plan,
    operation: operation(random, plan),
  };
}

function stepPlan(random: SeededRandom, position: number, dependsOn: string[], failing: number): StepPlan {
  const fails = random.chance(failing);
  const call = diagnosticsCall(random, fails ? random.weighted(badCalls) : random.weighted(goodCalls));
  return {
    step: {
      id: `s${position}`,
      agent: "diagnostics",
      task: call.action,
      parameters: { ...call.parameters },
      max_attempts: call.maxAttempts,
      timeout_seconds: call.timeoutSeconds,
      depends_on: dependsOn,
      ...(fails && random.chance(0.5) ? { continue_on_error: true } : {}),
    },
    outcome: call.outcome,
  };
}

function dependenciesOf(
  random: SeededRandom,
  shape: keyof typeof shapes,
  earlier: readonly string[],
  position: number,
  count: number,
): string[] {
  switch (shape) {
    case "chain":
      return earlier.slice(-1);
    case "wide":
      return position === count - 1 ? [...earlier] : [];
    case "diamonds": {
      // Layers of three, each step on every step of the layer before.
      const layer = Math.floor(position / 3);
      return earlier.slice(Math.max(0, (layer - 1) * 3), layer * 3);
    }
    case "random":
      return random.chance(0.2) ? [] : random.some(earlier, random.integer(1, 4));
  }
}

function operation(random: SeededRandom, plan: readonly StepPlan[]): RunOperation {
  const afterMs = random.integer(0, 2_000);
  const kind = random.weighted({ none: 16, cancel: 2, repeat: 2, cancelStep: 1 });
  if (kind === "none") return { kind };
  if (kind === "cancelStep") return { kind, afterMs, stepId: random.pick(plan).step.id };
  return { kind, afterMs };
}

/** The order in which steps are written must not matter. */
function shuffled<Item>(random: SeededRandom, items: readonly Item[]): Item[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = random.integer(0, last);
    const [a, b] = [mixed[last], mixed[other]];
    if (a === undefined || b === undefined) continue;
    mixed[last] = b;
    mixed[other] = a;
  }
  return mixed;
}
