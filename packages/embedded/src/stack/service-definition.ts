/** The services of the embedded stack: where each begins and which agents it serves. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface ServiceDefinition {
  readonly name: string;
  /** Path of its main file. */
  readonly entry: string;
  /** What it brings into the registry. */
  readonly agents: readonly string[];
  /** `http`: serves the API on the stack's port. `worker`: only health and metrics. */
  readonly kind: "http" | "worker";
}

/** The top of the repository. */
export const repositoryRoot = dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))));

const entryOf = (name: string) => join(repositoryRoot, "services", name, "src", "main.ts");

export const gatewayName = "api-gateway";

/** The services that seal or open secrets. */
export const keepsSecrets: ReadonlySet<string> = new Set([gatewayName, "opencode-worker"]);

export const droverServices: readonly ServiceDefinition[] = [
  { name: gatewayName, entry: entryOf(gatewayName), agents: [], kind: "http" },
  { name: "opencode-worker", entry: entryOf("opencode-worker"), agents: ["opencode"], kind: "worker" },
  {
    name: "agentzero-orchestrator",
    entry: entryOf("agentzero-orchestrator"),
    agents: ["agentzero"],
    kind: "worker",
  },
  {
    name: "infra-worker",
    entry: entryOf("infra-worker"),
    agents: ["docker", "kubernetes", "diagnostics"],
    kind: "worker",
  },
];

/** The process that stands in for a language model when none is configured. */
export const demoModelEntry = join(repositoryRoot, "packages", "demo-model", "src", "main.ts");
