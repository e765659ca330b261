/**
 * A workspace belongs to one organization: the first that uses it. Folders are named by the workspace alone, so without
 * this an organization could reach another's files by naming its workspace.
 */
import type { Store } from "./store.ts";
import type { NewTask } from "./task-spec.ts";

/** @returns whether the workspace is the organization's, from now on if it was nobody's */
export async function ownWorkspace(
  store: Store,
  workspaceId: string,
  organizationId: string,
): Promise<boolean> {
  const key = store.keyspace.site.workspaceOwner(workspaceId);
  const taken = await store.redis.set(key, organizationId, "NX");
  return taken === "OK" || (await store.redis.get(key)) === organizationId;
}

/** Those of the tasks that name a workspace of another organization. */
export async function foreignWorkspaces(store: Store, tasks: readonly NewTask[]): Promise<Set<NewTask>> {
  const verdicts = new Map<string, Promise<boolean>>();
  const foreign = new Set<NewTask>();
  for (const task of tasks) {
    if (task.workspaceId === null) continue;
    const pair = `${task.organizationId}/${task.workspaceId}`;
    const verdict = verdicts.get(pair) ?? ownWorkspace(store, task.workspaceId, task.organizationId);
    verdicts.set(pair, verdict);
    if (!(await verdict)) foreign.add(task);
  }
  return foreign;
}
