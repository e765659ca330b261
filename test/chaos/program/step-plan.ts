/** One step of a random DAG, and what must come of it: plain, joined from others, conditional, fanned out, with a fallback. */
import type { WorkflowStep } from "@drover/contracts";
import { z } from "zod";
import { controlPlan } from "./control-plan.ts";
import { badCalls, type DiagnosticsCall, diagnosticsCall, goodCalls } from "./diagnostics-call.ts";
import type { SeededRandom } from "./seeded-random.ts";

export type StepEnd = "completed" | "failed" | "skipped";

export interface StepPlan {
  readonly step: WorkflowStep;
  /** What it may come to when its turn has come: both where it fails once, since a kill can hide that. */
  readonly ends: readonly StepEnd[];
  /** What it answers if it completes; of a step that fans out, a list. Undefined: whatever it likes. */
  readonly output: unknown;
  /** How many tasks it fans out to; null for one that does not. */
  readonly items: number | null;
}

/** What a step is made from. */
export interface StepSetting {
  readonly id: string;
  readonly dependencies: readonly StepPlan[];
  /** Whether it is to fail; `once`: at its first start only. */
  readonly fails: "never" | "always" | "once";
  /** Inputs of the run, which expressions read; steps add theirs. */
  readonly inputs: Record<string, unknown>;
  /** Whether expressions, conditions, fan-out and fallbacks may be used. */
  readonly features: "plain" | "all";
}

const numbers = z.array(z.number());
const ways = { plain: 10, joined: 5, fanOut: 3, fallback: 2, control: 2 };

export function stepPlan(random: SeededRandom, setting: StepSetting): StepPlan {
  const way = setting.features === "plain" ? "plain" : random.weighted(ways);
  const planned = planOf(random, setting, way);
  return setting.features === "all" && random.chance(0.2) ? conditional(random, setting, planned) : planned;
}

function planOf(random: SeededRandom, setting: StepSetting, way: keyof typeof ways): StepPlan {
  if (setting.fails === "once") return plain(random, setting, diagnosticsCall(random, "failsOnce"));
  if (way === "control") return controlPlan(random, setting);
  if (way === "fallback") return withFallback(random, setting);
  if (way === "fanOut") return fannedOut(random, setting);
  if (setting.fails === "always") {
    const failing = plain(random, setting, diagnosticsCall(random, random.weighted(badCalls)));
    if (random.chance(0.5)) return failing;
    return { ...failing, step: { ...failing.step, continue_on_error: true } };
  }
  const joined = way === "joined" ? joinedFrom(random, setting) : null;
  return joined ?? plain(random, setting, diagnosticsCall(random, random.weighted(goodCalls)));
}

function plain(_random: SeededRandom, setting: StepSetting, call: DiagnosticsCall): StepPlan {
  const ends = { value: ["completed"], failure: ["failed"], failsOnce: ["failed", "completed"] } as const;
  return {
    step: stepOf(setting, call),
    ends: ends[call.outcome.kind],
    output: call.outcome.kind === "failure" ? 0 : call.outcome.value,
    items: null,
  };
}

function stepOf({ id, dependencies }: StepSetting, call: DiagnosticsCall): WorkflowStep {
  return {
    id,
    agent: "diagnostics",
    task: call.action,
    parameters: { ...call.parameters },
    max_attempts: call.maxAttempts,
    timeout_seconds: call.timeoutSeconds,
    depends_on: dependencies.map(({ step }) => step.id),
  };
}

/** The sum of what it depends on: a wrong, missing or early output shows in the answer. Null where there is none to read. */
function joinedFrom(random: SeededRandom, setting: StepSetting): StepPlan | null {
  const known = setting.dependencies.filter(isKnown);
  const own = random.integer(1, 1000);
  const list = known.find(({ output }) => Array.isArray(output));
  const call = diagnosticsCall(random, "sum");
  if (list !== undefined && random.chance(0.5)) {
    const values = `\${{ steps.${list.step.id}.output }}`;
    const output = numbersOf(list).reduce((sum, value) => sum + value, 0);
    return {
      step: { ...stepOf(setting, call), parameters: { values } },
      ends: ["completed"],
      output,
      items: null,
    };
  }
  const single = known.filter(({ output }) => typeof output === "number");
  if (single.length === 0) return null;
  const values = [...single.map(({ step }) => `\${{ steps.${step.id}.output }}`), own];
  const output = single.flatMap(numbersOf).reduce((sum, value) => sum + value, own);
  return {
    step: { ...stepOf(setting, call), parameters: { values } },
    ends: ["completed"],
    output,
    items: null,
  };
}

/** One task for each item of a list: of the inputs, or of a step before. */
function fannedOut(random: SeededRandom, setting: StepSetting): StepPlan {
  const { id, inputs, fails } = setting;
  const former = setting.dependencies.filter(isKnown).find(({ output }) => Array.isArray(output));
  const fresh = Array.from({ length: random.integer(0, 6) }, () => random.integer(1, 1000));
  const given = former !== undefined && random.chance(0.5) ? numbersOf(former) : null;
  if (given === null) inputs[`list_${id}`] = fresh;
  const items = given ?? fresh;
  const own = random.integer(1, 1000);
  const call = diagnosticsCall(random, fails === "always" ? "permanent" : "sum");
  const step: WorkflowStep = {
    ...stepOf(setting, call),
    for_each: given === null ? `inputs.list_${id}` : `steps.${former?.step.id}.output`,
    ...(fails === "always" ? {} : { parameters: { values: ["${{ item }}", "${{ index }}", own] } }),
  };
  // Of nothing, nothing fails.
  const failed = fails === "always" && items.length > 0;
  return {
    step,
    ends: [failed ? "failed" : "completed"],
    output: items.map((item, index) => item + index + own),
    items: items.length,
  };
}

/** One that fails, and what runs in its place; or one that does not, whose fallback must never run. */
function withFallback(random: SeededRandom, setting: StepSetting): StepPlan {
  const own = random.integer(1, 1_000_000);
  const primaryFails = setting.fails === "always" || random.chance(0.7);
  const call = diagnosticsCall(random, primaryFails ? random.weighted(badCalls) : "echo");
  const failing = { task: "fail", parameters: { class: "permanent" } };
  const answering = { task: "echo", parameters: { value: own } };
  const primary = plain(random, setting, call);
  return {
    ...primary,
    step: {
      ...primary.step,
      fallback: { agent: "diagnostics", ...(setting.fails === "always" ? failing : answering) },
    },
    ends: [setting.fails === "always" ? "failed" : "completed"],
    output: primaryFails ? own : primary.output,
  };
}

function conditional(random: SeededRandom, setting: StepSetting, planned: StepPlan): StepPlan {
  const holds = random.chance(0.6);
  const known = setting.dependencies.filter(isKnown).find(({ output }) => typeof output === "number");
  const name = `when_${setting.id}`;
  const when = known === undefined ? `inputs.${name}` : `steps.${known.step.id}.output == inputs.${name}`;
  setting.inputs[name] = known === undefined ? holds : Number(known.output) + (holds ? 0 : 1);
  const step = { ...planned.step, when };
  return holds ? { ...planned, step } : { ...planned, step, ends: ["skipped"] };
}

/** Whether a step that has passed has this output for sure. */
function isKnown({ step, ends }: StepPlan): boolean {
  return !ends.includes("skipped") && (step.continue_on_error !== true || !ends.includes("failed"));
}

function numbersOf({ output }: StepPlan): readonly number[] {
  return numbers.parse(Array.isArray(output) ? output : [output]);
}
