/** Where the manifest of a task comes from: its payload, or the YAML that the steps before it produced. */
import type { AgentTask } from "@drover/agent-kit";
import type { Artifact } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";

export interface ManifestSource {
  /** How messages name it; empty for the payload's own manifest. */
  readonly name: string;
  readonly text: string;
}

const yamlTypes = new Set(["application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"]);
const yamlName = /\.ya?ml$/i;

/** @throws PermanentFailure `manifest_missing` */
export async function manifestSources(
  manifest: string | undefined,
  task: AgentTask,
): Promise<ManifestSource[]> {
  if (manifest !== undefined) return [{ name: "", text: manifest }];
  const sources = new Map<string, ManifestSource>();
  const seen: string[] = [];
  for await (const { stepId, artifacts } of task.step?.dependencies() ?? []) {
    for (const artifact of artifacts) {
      seen.push(artifact.name);
      const text = isYaml(artifact) ? artifact.content : undefined;
      if (text === undefined || !holdsObject(text)) continue;
      sources.set(text, { name: `${artifact.name} of step ${stepId}`, text }); // the same file once, whoever names it
    }
  }
  if (sources.size > 0) return [...sources.values()];
  throw new PermanentFailure("manifest_missing", missing(task, seen));
}

function isYaml({ media_type, name }: Artifact): boolean {
  const type = media_type.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return yamlTypes.has(type) || yamlName.test(name);
}

function holdsObject(text: string): boolean {
  return /^apiVersion:/m.test(text) && /^kind:/m.test(text);
}

function missing(task: AgentTask, names: readonly string[]): string {
  if (task.step === null) return "The payload has no manifest.";
  const seen = names.slice(0, 20);
  const found = seen.length === 0 ? "no artifacts" : `only ${seen.join(", ")}`;
  return `The payload has no manifest, and the steps before this one left no Kubernetes YAML: ${found}.`;
}
