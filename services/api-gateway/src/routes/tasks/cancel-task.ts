import { cancelTask } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { findTask } from "./find-task.ts";

export const cancelTaskRoute = answering(cancelTask)(async (services, { params, principal }) => {
  const task = await findTask(services, principal, "task:update", params.task_id);
  const shard = services.store.keyspace.shardOf(task.organization_id);
  await services.runs.cancelTask(shard, task.id, principal.id);
  return { status: 202, body: (await services.tasks.find(task.id)) ?? task };
});
