import { explainTask } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { statusOf } from "@drover/queue";
import { taskReasons } from "../../explain/task-reasons.ts";
import { answering } from "../../routing/route.ts";
import { findTask } from "./find-task.ts";

export const explainTaskRoute = answering(explainTask)(async (services, { params, principal }) => {
  const { id } = await findTask(services, principal, "task:read", params.task_id);
  const located = await services.tasks.locate(id);
  if (located === null) throw new DroverError("not_found");
  return {
    status: 200,
    body: { status: statusOf(located.row), reasons: await taskReasons(services, located) },
  };
});
