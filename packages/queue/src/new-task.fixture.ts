/** A task as the tests of this package submit it. */
import { newId } from "@drover/contracts";
import type { NewTask } from "./task-spec.ts";

export function newTask(more: Partial<NewTask> = {}): NewTask {
  return {
    id: newId("task"),
    agent: "diagnostics",
    type: "diagnostics",
    payload: { action: "echo", value: 1 },
    organizationId: "default",
    workspaceId: null,
    priority: "normal",
    maxAttempts: 2,
    timeoutSeconds: 30,
    delaySeconds: 0,
    labels: {},
    createdBy: "key_test",
    traceparent: null,
    step: null,
    ...more,
  };
}
