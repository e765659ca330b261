/** Submits many tasks, each of which stands alone: what one is refused for is told in its place. */

import type { Principal } from "@drover/access";
import { executeBatch, taskSubmission } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import type { NewTask } from "@drover/queue";
import { parsePart } from "../../routing/parse-part.ts";
import { answering } from "../../routing/route.ts";
import { completeSubmission } from "../../submission/complete-submission.ts";

/** The task, or why it is refused. */
function check(principal: Principal, item: unknown, id: string): NewTask | DroverError {
  try {
    return completeSubmission(principal, parsePart(taskSubmission, item, "body"), id);
  } catch (error) {
    if (error instanceof DroverError) return error;
    throw error;
  }
}

export const executeBatchRoute = answering(executeBatch)(async (services, { body, principal, ids }) => {
  const checked = body.tasks.map((item, index) => check(principal, item, ids.make("task", `task ${index}`)));
  const agents = new Set(checked.flatMap((item) => (item instanceof DroverError ? [] : [item.agent])));
  const refusals = new Map<string, DroverError | null>();
  for (const agent of agents) refusals.set(agent, await services.agentGate.refusal(agent));

  const verdicts = checked.map((item) =>
    item instanceof DroverError ? item : (refusals.get(item.agent) ?? item),
  );
  const accepted = verdicts.filter((item): item is NewTask => !(item instanceof DroverError));
  const admissions = await services.scheduler.submitMany(accepted);
  const admissionOf = new Map(accepted.map((task, position) => [task, admissions[position]]));

  const tasks = verdicts.map((item, index) => {
    const admission = item instanceof DroverError ? { error: item } : admissionOf.get(item);
    if (admission === undefined) throw new Error("a task of a batch was neither accepted nor refused");
    return "error" in admission ? { index, error: admission.error.toBody() } : { index, id: admission.id };
  });
  return { status: 202, body: { tasks } };
});
