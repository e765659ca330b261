/** How far a run is, built up from its events. */
import type { Event, StepStatus, WorkflowDefinition } from "@drover/contracts";
import { describeEvent, writtenFile } from "./describe-event.ts";

export interface StepProgress {
  readonly id: string;
  readonly agent: string;
  readonly task: string;
  status: StepStatus;
  startedMs: number | null;
  finishedMs: number | null;
  /** The files that it has written so far. */
  readonly files: Set<string>;
  /** The last thing that it did. */
  activity: string | null;
}

const statuses: Readonly<Record<string, StepStatus>> = {
  "step.queued": "queued",
  "step.started": "running",
  "step.parked": "waiting",
  "step.retrying": "waiting",
  "step.completed": "completed",
  "step.failed": "failed",
  "step.cancelled": "cancelled",
};

export class RunProgress {
  readonly steps: readonly StepProgress[];

  constructor(definition: WorkflowDefinition) {
    this.steps = definition.steps.map(({ id, agent, task }) => ({
      id,
      agent,
      task,
      status: "pending",
      startedMs: null,
      finishedMs: null,
      files: new Set(),
      activity: null,
    }));
  }

  /** Takes an event in; answers the step that it belongs to. */
  apply(event: Event): StepProgress | null {
    const step = this.steps.find(({ id }) => id === event.step_id);
    if (step === undefined) return null;
    const timeMs = Date.parse(event.time);
    const status = statuses[event.type];
    if (status !== undefined) step.status = status;
    if (status === "running") step.startedMs ??= timeMs;
    if (status === "completed" || status === "failed" || status === "cancelled") step.finishedMs = timeMs;
    const file = writtenFile(event);
    if (file !== null) step.files.add(file);
    step.activity = describeEvent(event) ?? step.activity;
    return step;
  }
}
