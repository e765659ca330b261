/** The payload of a task, read strictly: the gateway has checked it, but a job may be older than this worker. */

import type { AgentTask } from "@drover/agent-kit";
import {
  type OpenCodePayload,
  openCode,
  openCodePayload,
  payloadFaults,
  splitPayload,
} from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";

export interface OpenCodeWork {
  readonly payload: OpenCodePayload;
  readonly workspaceId: string;
}

/** @throws PermanentFailure `invalid_payload` with every fault */
export function readWork(task: AgentTask): OpenCodeWork {
  const { action, fields } = splitPayload(task.payload);
  const faults = payloadFaults(openCode, action, fields, "payload");
  if (faults.length > 0) {
    const words = faults.map(({ field, detail }) => `${field}: ${detail}`).join("; ");
    throw new PermanentFailure("invalid_payload", `The payload is not valid: ${words}`);
  }
  const payload = openCodePayload.parse(task.payload);
  const workspaceId = task.workspaceId ?? payload.context?.workspace_id;
  if (workspaceId === undefined)
    throw new PermanentFailure("invalid_payload", "The payload is not valid: it names no workspace.");
  return { payload, workspaceId };
}

/** The files that it names, relative to the workspace. */
export function namedPaths({ context }: OpenCodePayload): string[] {
  const { file_path: path, files = [] } = context ?? {};
  return path === undefined ? files : [path, ...files];
}
