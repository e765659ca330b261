/** What a task says that ran out of time, wherever that is found: by a worker, by a claim, by the sweep. */
import type { TaskSpec } from "./task-spec.ts";

export const expiryCodes = ["start_timed_out", "total_timed_out"] as const;
export type ExpiryCode = (typeof expiryCodes)[number];

export function expiryMessage(code: ExpiryCode, spec: TaskSpec): string {
  return code === "start_timed_out"
    ? `No worker took it within ${spec.start_timeout_seconds} s.`
    : `It did not end within ${spec.total_timeout_seconds} s.`;
}
