/** `workflow`: runs another workflow, and waits for its end. */
import { childWorkflowFields, deriveId, isFinal, type Workflow } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import { currentTraceparent } from "@drover/observability";
import { type Store, waitTask } from "@drover/queue";
import { nestingMax, type RunLedger, type TemplateResolver } from "@drover/workflow";
import { type ChildDefinitionSources, childDefinition } from "./child-definition.ts";
import type { ControlOutcome, ControlStep, ControlTask } from "./control-step.ts";
import { parseParameters } from "./parse-parameters.ts";

/** The child's end wakes the step; it looks by itself only if that was lost, and the sweeper is quicker. */
const lookAgainMs = 3_600_000;

export interface WorkflowStepOptions extends ChildDefinitionSources {
  readonly store: Store;
  readonly runs: RunLedger;
  readonly templates: TemplateResolver | null;
}

export class WorkflowStep implements ControlStep {
  readonly action = "workflow";
  readonly #options: WorkflowStepOptions;

  constructor(options: WorkflowStepOptions) {
    this.#options = options;
  }

  async advance(task: ControlTask): Promise<ControlOutcome> {
    const { store, runs } = this.#options;
    const { claim, redo } = task;
    const id = childIdOf(task);
    const standing = await runs.locate(id);
    if (standing === null) await this.#start(task, id);
    if (standing === null || !isFinal(standing.row.status)) {
      const untilMs = Date.now() + lookAgainMs;
      const written = await waitTask(store, claim, {
        waitsFor: { kind: "workflow", id, redo },
        untilMs,
        event: task.waitsFor === null ? { child_workflow_id: id } : null,
      });
      if (written === "waiting") return { kind: "waiting", untilMs };
      if (written === "stale") {
        // Cancelled while its child was being started: the child is cancelled with it.
        await runs.cancelOrphan(claim.shard, id);
        return { kind: "stale" };
      }
    }
    return outcomeOf(await runs.find(id), id);
  }

  async #start(task: ControlTask, id: string): Promise<void> {
    const { run, claim, instance, parameters } = task;
    const depth = (run.spec.parent?.depth ?? 0) + 1;
    if (depth > nestingMax) {
      const message = `Workflows within workflows may go ${nestingMax} deep, and this would be one more.`;
      throw new PermanentFailure("nesting_too_deep", message);
    }
    const fields = parseParameters(childWorkflowFields, parameters);
    await this.#options.runs.submit({
      id,
      ...(await childDefinition(this.#options, run.spec, fields)),
      organizationId: run.spec.organization_id,
      createdBy: run.spec.created_by,
      traceparent: currentTraceparent(),
      parent: { workflow_id: run.spec.id, step_id: instance, task_id: claim.spec.id, depth },
      acrossWorkspaces: run.spec.across_workspaces === true,
    });
  }
}

/** Always the same child for the same life of the step: starting it twice is starting it once. */
function childIdOf({ run, instance, redo }: ControlTask): string {
  return deriveId("workflow", run.spec.id, redo === 0 ? instance : `${instance}#${redo}`);
}

function outcomeOf(child: Workflow | null, id: string): ControlOutcome {
  if (child === null) throw new PermanentFailure("child_workflow_failed", `The run ${id} is gone.`);
  if (child.status === "cancelled") return { kind: "cancelled" };
  if (child.status === "failed") {
    const why = child.error?.message ?? "It says no reason.";
    throw new PermanentFailure("child_workflow_failed", `The workflow ${child.name} (${id}) failed. ${why}`);
  }
  const { output, artifacts = [], usage } = child.result ?? { output: {} };
  return {
    kind: "completed",
    result: { output, artifacts, ...(usage === undefined ? {} : { usage }) },
  };
}
