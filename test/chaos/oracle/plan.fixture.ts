/** Steps of a program, told in short. */
import type { StepPlan } from "../program/run-work.ts";

export interface StepWords {
  readonly dependsOn?: string[];
  readonly fails?: boolean;
  readonly continueOnError?: boolean;
  readonly value?: number;
}

export function aStep(id: string, words: StepWords = {}): StepPlan {
  return {
    step: {
      id,
      agent: "diagnostics",
      task: "echo",
      depends_on: words.dependsOn ?? [],
      ...(words.continueOnError === true ? { continue_on_error: true } : {}),
    },
    outcome: words.fails === true ? { kind: "failure" } : { kind: "value", value: words.value ?? 1 },
  };
}
