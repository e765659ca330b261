import { basePath, executeTask } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { acceptTask } from "../../submission/accept-task.ts";

export const executeTaskRoute = answering(executeTask)(async (services, call) => {
  const task = await acceptTask(services, call, call.body);
  return { status: 202, body: task, headers: { Location: `${basePath}/tasks/${task.id}` } };
});
