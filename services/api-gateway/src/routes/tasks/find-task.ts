/** The task of a request, if its caller may do what it asks for. */
import { authorizeResource, type Principal } from "@drover/access";
import { idSchema, isFinal, type Permission, type Task } from "@drover/contracts";
import type { Services } from "../../services.ts";

const taskId = idSchema("task");

/** @throws DroverError not_found, forbidden */
export async function findTask(
  services: Services,
  principal: Principal,
  permission: Permission,
  id: string,
): Promise<Task> {
  const task = taskId.safeParse(id).success ? await services.tasks.find(id) : null;
  return authorizeResource(principal, permission, task, (found) => ({
    organizationId: found.organization_id,
    workspaceId: found.workspace_id,
  }));
}

/** The task, as soon as it is final or after `waitSeconds`, whichever is first. */
export async function waitForTask(
  services: Services,
  task: Task,
  waitSeconds: number | undefined,
  signal: AbortSignal,
): Promise<Task> {
  if (waitSeconds === undefined || waitSeconds === 0 || isFinal(task.status)) return task;
  const shard = services.store.keyspace.shardOf(task.organization_id);
  await services.events.waitFinal(shard, { kind: "task", id: task.id }, waitSeconds * 1000, signal);
  return (await services.tasks.find(task.id)) ?? task;
}
