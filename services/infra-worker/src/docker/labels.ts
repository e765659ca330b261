/** The labels by which the agent knows its own containers and images again. */
import type { AgentTask } from "@drover/agent-kit";

export const labelNames = {
  task: "drover.task",
  organization: "drover.organization",
  workspace: "drover.workspace",
  /** When a container that no task waits for any more may be removed: RFC 3339. */
  expires: "drover.expires",
} as const;

/** `name=value` pairs that say whose a container or image is. */
export function ownerLabels(task: AgentTask): Record<string, string> {
  return {
    [labelNames.task]: task.id,
    [labelNames.organization]: task.organizationId,
    ...(task.workspaceId === null ? {} : { [labelNames.workspace]: task.workspaceId }),
  };
}
