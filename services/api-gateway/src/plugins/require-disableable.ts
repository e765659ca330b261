/** What can be turned off although Drover did not bring it, and why the rest cannot. */
import type { PluginKind } from "@drover/contracts";
import { DroverError } from "@drover/errors";

/** Tasks run as these, or OpenCode itself does. */
const neededAgents: ReadonlySet<string> = new Set(["build", "plan", "title", "summary", "compaction"]);

/** @throws DroverError conflict with the reason */
export function requireDisableable(kind: PluginKind, name: string): void {
  const reason = reasonAgainst(kind, name);
  if (reason !== null) throw new DroverError("conflict", { detail: reason });
}

function reasonAgainst(kind: PluginKind, name: string): string | null {
  if (kind === "command")
    return "OpenCode has no way to turn off a command that it or the repository brings.";
  if (kind === "plugin")
    return "The plugins of a repository run or do not run together: that is what `trusted` of the workspace says.";
  if (kind === "agent" && neededAgents.has(name)) return `Tasks need the agent ${name}.`;
  return null;
}
