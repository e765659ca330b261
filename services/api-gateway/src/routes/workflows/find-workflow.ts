/** The run of a request, if its caller may do what it asks for. */
import { authorizeResource, type Principal } from "@drover/access";
import { idSchema, isFinal, type Permission, type Workflow } from "@drover/contracts";
import type { Services } from "../../services.ts";

const workflowId = idSchema("workflow");

/** What is needed of a run before it is read with its steps, which can be many. */
export interface RunReference {
  readonly id: string;
  readonly organizationId: string;
  readonly status: string;
}

/** @throws DroverError not_found, forbidden */
export async function findRun(
  services: Services,
  principal: Principal,
  permission: Permission,
  id: string,
): Promise<RunReference> {
  const located = workflowId.safeParse(id).success ? await services.runs.locate(id) : null;
  const { row } = authorizeResource(principal, permission, located, (found) => ({
    organizationId: found.row.spec.organization_id,
    workspaceId: found.row.spec.workspace_id,
  }));
  return { id, organizationId: row.spec.organization_id, status: row.status };
}

/** The run with its steps, as soon as it is final or after `waitSeconds`, whichever is first; null when it is gone. */
export async function waitForRun(
  services: Services,
  run: RunReference,
  waitSeconds: number | undefined,
  signal: AbortSignal,
): Promise<Workflow | null> {
  if (waitSeconds !== undefined && waitSeconds > 0 && !isFinal(run.status)) {
    const shard = services.store.keyspace.shardOf(run.organizationId);
    await services.events.waitFinal(shard, { kind: "workflow", id: run.id }, waitSeconds * 1000, signal);
  }
  return await services.runs.find(run.id);
}
