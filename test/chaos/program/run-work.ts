/** A run of a random DAG: what it is asked, what must come of each step, and what somebody does to it. */
import type { WorkflowDefinition } from "@drover/contracts";
import type { SeededRandom } from "./seeded-random.ts";
import { type StepPlan, type StepSetting, stepPlan } from "./step-plan.ts";

export type RunOperation =
  | { readonly kind: "none" }
  | { readonly kind: "cancel"; readonly afterMs: number }
  | { readonly kind: "repeat"; readonly afterMs: number }
  /** Cancels one step's task. */
  | { readonly kind: "cancelStep"; readonly afterMs: number; readonly stepId: string }
  | { readonly kind: "pause"; readonly afterMs: number; readonly forMs: number }
  /** Runs it again when it has ended: what failed, or all from one step on. */
  | { readonly kind: "retry"; readonly fromStep: string | null };

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

export function runWork(
  random: SeededRandom,
  index: number,
  organizationId: string,
  features: StepSetting["features"],
): RunWork {
  const count = random.integer(1, stepsMax);
  const shape = random.weighted(shapes);
  const kind = random.weighted({ none: 14, repeat: 2, cancelStep: 1, ...operationsOf(features) });
  // Half of the runs have nothing that fails: most of what can go wrong shows where all must be right.
  const failing = random.chance(0.5) ? 0.12 : 0;
  const inputs: Record<string, unknown> = {};
  const plan: StepPlan[] = [];
  for (let position = 0; position < count; position += 1) {
    const fails = !random.chance(failing)
      ? "never"
      : kind === "retry" && random.chance(0.8)
        ? "once"
        : "always";
    const dependencies = dependenciesOf(random, shape, plan, position, count);
    plan.push(stepPlan(random, { id: `s${position}`, dependencies, fails, inputs, features }));
  }
  return {
    kind: "run",
    index,
    definition: {
      name: `chaos ${index}`,
      organization_id: organizationId,
      inputs,
      steps: shuffled(
        random,
        plan.map(({ step }) => step),
      ),
      on_failure: features === "all" && random.chance(0.25) ? "fail_fast" : "continue",
      labels: { chaos: String(index) },
      priority: random.pick(["urgent", "normal", "batch"] as const),
    },
    plan,
    operation: operation(random, kind, plan),
  };
}

/** A run that is stopped does not see the steps that a worker of the former version has started: they end after it. */
function operationsOf(features: StepSetting["features"]) {
  return features === "all" ? { cancel: 2, pause: 3, retry: 3 } : { cancel: 0, pause: 0, retry: 0 };
}

function dependenciesOf(
  random: SeededRandom,
  shape: keyof typeof shapes,
  earlier: readonly StepPlan[],
  position: number,
  count: number,
): StepPlan[] {
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

function operation(
  random: SeededRandom,
  kind: RunOperation["kind"],
  plan: readonly StepPlan[],
): RunOperation {
  const afterMs = random.integer(0, 2_000);
  const { id } = random.pick(plan).step;
  switch (kind) {
    case "none":
      return { kind };
    case "cancelStep":
      return { kind, afterMs, stepId: id };
    case "pause":
      return { kind, afterMs, forMs: random.integer(100, 3_000) };
    case "retry":
      return { kind, fromStep: random.chance(0.5) ? id : null };
    default:
      return { kind, afterMs };
  }
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
