export { cancelChildOf } from "./child-runs.ts";
export { type Conclusion, concludeRun } from "./conclude-run.ts";
export { type Dependency, dependencyIds, readDependencies } from "./dependencies.ts";
export { condition } from "./expressions/condition.ts";
export { compileExpression, type Expression } from "./expressions/expression.ts";
export { ExpressionFault } from "./expressions/expression-fault.ts";
export { fanOut, fanOutMax } from "./expressions/fan-out.ts";
export {
  compileParameters,
  type ParameterTemplate,
  type PlacedExpression,
} from "./expressions/parameter-template.ts";
export type { Scope, StepScope } from "./expressions/scope.ts";
export { compileStepParameters } from "./expressions/step-parameters.ts";
export { blockedBy, buildGraph, dependenciesOf, type Graph } from "./graph.ts";
export { nestingMax, type ParentLink } from "./parent-link.ts";
export { resolveParameters } from "./resolve-parameters.ts";
export { runChecks } from "./run-checks.ts";
export { type BeginOutcome, RunEngine } from "./run-engine.ts";
export { enqueueRun } from "./run-job.ts";
export { type NewRun, RunLedger, type RunSearch, scratchWorkspaceOf } from "./run-ledger.ts";
export type { RunRow, RunSpec } from "./run-row.ts";
export type { KnownRun } from "./run-specs.ts";
export { firingOf, type ScheduleAddress } from "./schedules/schedule-clock.ts";
export { scheduleFaults } from "./schedules/schedule-faults.ts";
export { type Firing, ScheduleRunner } from "./schedules/schedule-runner.ts";
export { type ScheduleSearch, ScheduleStore } from "./schedules/schedule-store.ts";
export { namedWorkspace, settleWorkspace } from "./settle-workspace.ts";
export { parseInstanceId, type StepInstance } from "./step-instance.ts";
export { stepTaskId } from "./step-task.ts";
export { sweepDeadlines } from "./sweep-deadlines.ts";
export type { ResolvedTemplate, TemplateResolver } from "./template-resolver.ts";
export { compareTemplates, templatePatch } from "./templates/compare-templates.ts";
export { templateFaults } from "./templates/template-faults.ts";
export { type NewTemplate, TemplateStore } from "./templates/template-store.ts";
export { workflowFaults } from "./workflow-faults.ts";
