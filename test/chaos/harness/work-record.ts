/** What is known of one piece of work when its lane has done with it. */
import type { Task, Workflow } from "@drover/contracts";
import type { RunFacts } from "../oracle/run-faults.ts";
import type { TaskFacts } from "../oracle/task-faults.ts";
import type { RunWork } from "../program/run-work.ts";
import type { TaskWork } from "../program/task-work.ts";

export type WorkRecord =
  | { readonly kind: "task"; readonly work: TaskWork; readonly task: Task; readonly facts: TaskFacts }
  | {
      readonly kind: "run";
      readonly work: RunWork;
      readonly run: Workflow;
      readonly facts: RunFacts;
      /** How often a retry was asked for. */
      readonly retries: number;
    };
