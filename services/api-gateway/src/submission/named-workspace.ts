/** The workspace that a payload names within its context. */
import { type Payload, workspaceId } from "@drover/contracts";
import { z } from "zod";

const withContext = z.object({ context: z.object({ workspace_id: workspaceId }) });

/** Undefined when it names none, or none that could be a workspace's name: the payload's own schema tells of that. */
export function namedWorkspace(payload: Payload | undefined): string | undefined {
  const parsed = withContext.safeParse(payload);
  return parsed.success ? parsed.data.context.workspace_id : undefined;
}
