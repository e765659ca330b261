import { type StepStatus, type Workflow, type WorkflowStatus, workflow } from "@drover/contracts";
import { expect, test } from "vitest";
import type { RunOperation, RunWork } from "../program/run-work.ts";
import type { StepPlan } from "../program/step-plan.ts";
import { aStep } from "./plan.fixture.ts";
import { runFaults } from "./run-faults.ts";

const untouched = { cancelAcknowledged: false, failedBefore: new Set<string>() };
const time = "2026-01-01T00:00:00.000Z";

function aWork(plan: StepPlan[], operation: RunOperation = { kind: "none" }): RunWork {
  const definition = { name: "w", steps: plan.map(({ step }) => step) };
  return { kind: "run", index: 0, definition, plan, operation };
}

function aRun(
  status: WorkflowStatus,
  steps: Record<string, { status: StepStatus; output?: unknown }>,
): Workflow {
  return workflow.parse({
    id: "wf_00000000000000000000000000",
    name: "w",
    description: null,
    status,
    organization_id: "default",
    workspace_id: "ws-1",
    priority: "normal",
    labels: {},
    created_by: "key",
    trace_id: null,
    steps_total: Object.keys(steps).length,
    created_at: time,
    started_at: time,
    finished_at: time,
    error: null,
    steps: Object.entries(steps).map(([step_id, step], order) => ({
      step_id,
      name: step_id,
      agent: "diagnostics",
      task: "echo",
      order,
      attempt: 1,
      depends_on: [],
      started_at: time,
      finished_at: time,
      ...step,
    })),
    result: {
      output: Object.fromEntries(Object.entries(steps).map(([id, { output }]) => [id, output])),
      artifacts: [],
      usage: { input_tokens: 0, output_tokens: 0, cost_usd: 0 },
    },
  });
}

test("the right answers are no fault; a wrong one, a wrong status and a wrong end are", () => {
  const work = aWork([aStep("a", { output: 5 })]);
  expect(runFaults(work, aRun("completed", { a: { status: "completed", output: 5 } }), untouched)).toEqual(
    [],
  );
  expect(
    runFaults(work, aRun("completed", { a: { status: "completed", output: 6 } }), untouched),
  ).toHaveLength(2);
  expect(runFaults(work, aRun("failed", { a: { status: "failed" } }), untouched)).toHaveLength(2);
});

test("a cancel that was acknowledged and did not happen is a fault, and so is one that nobody asked for", () => {
  const completed = aRun("completed", { a: { status: "completed", output: 1 } });
  const cancelled = aRun("cancelled", { a: { status: "cancelled" } });
  const work = aWork([aStep("a")], { kind: "cancel", afterMs: 0 });
  expect(runFaults(work, completed, { ...untouched, cancelAcknowledged: true })).toHaveLength(1);
  expect(runFaults(work, cancelled, { ...untouched, cancelAcknowledged: true })).toEqual([]);
  expect(runFaults(aWork([aStep("a")]), cancelled, untouched)).toHaveLength(1);
});

test("what fails once must not be failed after a retry", () => {
  const work = aWork([aStep("a", { ends: ["failed", "completed"] })], { kind: "retry", fromStep: null });
  const failed = aRun("failed", { a: { status: "failed" } });
  expect(runFaults(work, failed, untouched)).toEqual([]);
  expect(runFaults(work, failed, { ...untouched, failedBefore: new Set(["a"]) })).not.toEqual([]);
});
