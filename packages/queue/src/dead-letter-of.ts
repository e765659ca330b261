/** The dead letter of a task that failed for good. Its id follows from the task and the hold that ended it. */
import { type DeadLetter, deriveId, type TaskError } from "@drover/contracts";
import type { TaskSpec } from "./task-spec.ts";

export function deadLetterId(taskId: string, epoch: number): string {
  return deriveId("deadLetter", taskId, String(epoch));
}

export function deadLetterOf(
  spec: TaskSpec,
  id: string,
  error: TaskError,
  attempts: number,
  failedAt: Date,
): DeadLetter {
  return {
    id,
    task_id: spec.id,
    agent: spec.agent,
    organization_id: spec.organization_id,
    workspace_id: spec.workspace_id,
    reason: error.code,
    attempts,
    failed_at: failedAt.toISOString(),
    error,
    ...(spec.workflow_id === null ? {} : { workflow_id: spec.workflow_id }),
    ...(spec.step_id === null ? {} : { step_id: spec.step_id }),
  };
}
