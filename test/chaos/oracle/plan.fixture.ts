/** Steps of a program, told in short. */
import type { WorkflowStep } from "@drover/contracts";
import type { StepPlan } from "../program/step-plan.ts";

export interface StepWords {
  readonly dependsOn?: string[];
  readonly ends?: StepPlan["ends"];
  readonly output?: StepPlan["output"];
  readonly items?: number;
  readonly step?: Partial<WorkflowStep>;
}

export function aStep(id: string, words: StepWords = {}): StepPlan {
  return {
    step: { id, agent: "diagnostics", task: "echo", depends_on: words.dependsOn ?? [], ...words.step },
    ends: words.ends ?? ["completed"],
    output: words.output ?? 1,
    items: words.items ?? null,
  };
}
