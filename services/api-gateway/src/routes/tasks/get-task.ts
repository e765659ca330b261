import { getTask } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { findTask, waitForTask } from "./find-task.ts";

export const getTaskRoute = answering(getTask)(async (services, { params, query, principal, signal }) => {
  const task = await findTask(services, principal, "task:read", params.task_id);
  return { status: 200, body: await waitForTask(services, task, query.wait, signal) };
});
