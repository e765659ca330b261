/** The work tree of a task, where its workspace can have one. */
import { PermanentFailure } from "@drover/errors";
import type { InstanceSpec } from "../instance/instance-runtime.ts";
import { untilAbort } from "../waiting/until-abort.ts";
import type { TreeUse, WorkTrees } from "./work-trees.ts";

/** @throws PermanentFailure `isolation_not_supported`, `not_a_repository` · CapacityFailure `no_free_slot` */
export async function openTree(
  trees: WorkTrees,
  taskId: string,
  spec: InstanceSpec,
  signal: AbortSignal,
): Promise<TreeUse> {
  const { organizationId, workspaceId, directory, registration } = spec;
  if (registration?.runtime === "remote") {
    const message =
      "A work tree lies on the worker, and this workspace is served where the worker's files are not.";
    throw new PermanentFailure("isolation_not_supported", message);
  }
  const opening = trees.open({ taskId, organizationId, workspaceId, directory }, signal);
  return await untilAbort(opening, signal, (late) => void late.giveBack(false));
}
