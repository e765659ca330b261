import { basePath, openCode, submitOpenCodeTask } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { acceptTask } from "../../submission/accept-task.ts";
import { unsupportedType } from "../../submission/complete-submission.ts";

export const submitOpenCodeTaskRoute = answering(submitOpenCodeTask)(async (services, call) => {
  if (call.body.type !== openCode.name) throw unsupportedType(`must be ${openCode.name} here`);
  const task = await acceptTask(services, call, { ...call.body, agent: call.body.agent ?? openCode.name });
  return { status: 202, body: task, headers: { Location: `${basePath}/opencode/tasks/${task.id}` } };
});
