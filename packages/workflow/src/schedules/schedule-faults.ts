/** Every fault of a schedule that can be seen without looking at templates: its times, and the workflow that it carries. */
import type { ScheduleDefinition } from "@drover/contracts";
import type { Validation } from "@drover/errors";
import { settleWorkspace } from "../settle-workspace.ts";
import { workflowFaults } from "../workflow-faults.ts";
import { timingFaults } from "./schedule-timing.ts";

export function scheduleFaults(spec: ScheduleDefinition): Validation[] {
  if (spec.workflow === undefined) return timingFaults(spec);
  const workflow = { ...spec.workflow, inputs: { ...spec.workflow.inputs, ...spec.inputs } };
  const faults = [...workflowFaults(workflow), ...settleWorkspace(workflow).faults];
  return [
    ...timingFaults(spec),
    ...faults.map(({ field, detail }) => ({ field: `workflow.${field}`, detail })),
  ];
}
