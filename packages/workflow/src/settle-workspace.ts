/** In which workspace the steps of a workflow act. */
import { type Payload, type WorkflowDefinition, workspaceId } from "@drover/contracts";
import type { Validation } from "@drover/errors";
import { z } from "zod";

const withContext = z.object({ context: z.object({ workspace_id: workspaceId }) });

/**
 * The workspace that a payload names within its context. Undefined when it names none, or none that could be a workspace's
 * name: the payload's own schema tells of that.
 */
export function namedWorkspace(payload: Payload | undefined): string | undefined {
  const parsed = withContext.safeParse(payload);
  return parsed.success ? parsed.data.context.workspace_id : undefined;
}

/**
 * A run acts in one workspace. Where the workflow names none, the one that its steps name counts, so that no step silently
 * acts elsewhere than it says.
 */
export function settleWorkspace(definition: WorkflowDefinition): {
  workspace?: string;
  faults: Validation[];
} {
  let workspace = definition.workspace_id;
  const faults: Validation[] = [];
  for (const [index, step] of definition.steps.entries()) {
    const named = namedWorkspace(step.parameters);
    if (named === undefined) continue;
    workspace ??= named;
    if (named !== workspace) {
      const field = `steps[${index}].parameters.context.workspace_id`;
      faults.push({ field, detail: `"${named}" differs from the workflow's workspace "${workspace}"` });
    }
  }
  return { ...(workspace === undefined ? {} : { workspace }), faults };
}
