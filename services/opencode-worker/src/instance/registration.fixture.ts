/** What is registered for a workspace, in tests that need no gateway. */
import type { Instance as Registration } from "@drover/contracts";

/** A ready, untrusted one that has just been heard of; `fields` say what differs. */
export function aRegistration(
  fields: Partial<Registration> & Pick<Registration, "id" | "workspace_id" | "runtime">,
): Registration {
  return {
    organization_id: "default",
    url: null,
    directory: null,
    version: null,
    status: "ready",
    trusted: false,
    plugins: [],
    labels: {},
    heartbeat_seconds: 30,
    expires_at: new Date(Date.now() + 90_000).toISOString(),
    ...fields,
  };
}
