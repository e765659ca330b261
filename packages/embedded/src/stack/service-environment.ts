/**
 * What of this process's environment a service gets to see: what every program needs, the settings of Drover, and only
 * the secrets that are its own.
 */
import type { Environment } from "@drover/config";

/** For every service: names, or prefixes that end with `*`. */
const common = [
  "PATH",
  "HOME",
  "LANG",
  "LC_ALL",
  "TZ",
  "TMPDIR",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "LOG_LEVEL",
  "OTEL_*",
  "DROVER_*",
];

/** Not for everybody, although `DROVER_*` would let them through: who may see them. */
const restricted: Readonly<Record<string, readonly string[]>> = {
  DROVER_LIFELINE_FD: [],
  DROVER_BOOTSTRAP_KEY: ["api-gateway"],
  DROVER_MODEL_API_KEY: ["opencode-worker", "agentzero-orchestrator"],
  DROVER_AGENTZERO_API_KEY: ["agentzero-orchestrator"],
  DROVER_MASTER_KEY: ["api-gateway", "opencode-worker"],
};

/** Beside the common ones. */
const own: Readonly<Record<string, readonly string[]>> = {
  "api-gateway": ["CODER_*", "VAULT_*", "npm_config_registry"],
  "opencode-worker": ["VAULT_*", "DOCKER_*", "npm_config_registry"],
  "agentzero-orchestrator": ["VAULT_*"],
  "infra-worker": ["VAULT_*", "DOCKER_*", "KUBECONFIG", "KUBERNETES_*", "XDG_RUNTIME_DIR"],
};

export function serviceEnvironment(service: string, environment: Environment): Record<string, string> {
  const patterns = [...common, ...(own[service] ?? [])];
  const seen: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || !patterns.some((pattern) => matches(name, pattern))) continue;
    if (restricted[name]?.includes(service) === false) continue;
    seen[name] = value;
  }
  return seen;
}

function matches(name: string, pattern: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
