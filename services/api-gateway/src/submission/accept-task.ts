/** Accepts one task, by the rules of every submission. */
import type { Task, TaskSubmission } from "@drover/contracts";
import type { Call } from "../routing/route.ts";
import type { Services } from "../services.ts";
import { completeSubmission } from "./complete-submission.ts";

/** @throws DroverError of every kind that a submission can be refused with */
export async function acceptTask(
  services: Services,
  call: Pick<Call, "principal" | "ids">,
  submission: TaskSubmission,
): Promise<Task> {
  const task = completeSubmission(call.principal, submission, call.ids.make("task", "task"));
  await services.agentGate.require([task.agent]);
  return await services.scheduler.submit(task);
}
