import { getOpenCodeTask, openCode } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { answering } from "../../routing/route.ts";
import { findTask, waitForTask } from "../tasks/find-task.ts";

export const getOpenCodeTaskRoute = answering(getOpenCodeTask)(
  async (services, { params, query, principal, signal }) => {
    const task = await findTask(services, principal, "task:read", params.task_id);
    if (task.agent !== openCode.name) throw new DroverError("not_found");
    return { status: 200, body: await waitForTask(services, task, query.wait, signal) };
  },
);
