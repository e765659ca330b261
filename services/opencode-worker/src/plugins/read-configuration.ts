/** What the server of a workspace has to be started with, as it stands now. */
import { createHash } from "node:crypto";
import type { Instance as Registration } from "@drover/contracts";
import type { WorkspacePlugins } from "@drover/instances";
import type { WorkspaceConfiguration } from "../instance/instance-runtime.ts";
import { projectFingerprint } from "./project-config.ts";

/** @param directory the workspace's folder */
export async function readConfiguration(
  plugins: WorkspacePlugins,
  registration: Registration | null,
  directory: string,
): Promise<WorkspaceConfiguration> {
  const trusted = registration?.trusted === true && registration.runtime !== "remote";
  const revision = createHash("sha256")
    .update(JSON.stringify([plugins.settings, registration?.runtime ?? null, registration?.url ?? null]))
    .update(trusted ? await projectFingerprint(directory) : "untrusted")
    .digest("hex");
  return { revision, settings: plugins.settings };
}
