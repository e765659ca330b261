/** The agents of this worker, as its settings ask for them. */
import type { Agent } from "@drover/agent-kit";
import type { Logger } from "@drover/observability";
import type { InfraConfig } from "./config.ts";
import { createDiagnosticsAgent } from "./diagnostics/diagnostics-agent.ts";
import { createDockerAgent } from "./docker/docker-agent.ts";
import { createKubernetesAgent } from "./kubernetes/kubernetes-agent.ts";

/**
 * Docker and Kubernetes are always there, so that a missing engine or cluster shows in the registry with its reason;
 * diagnostics only where it is asked for. Disposing an agent ends its tasks.
 */
export async function createInfraAgents(config: InfraConfig, logger: Logger): Promise<Agent[]> {
  const agents = await Promise.all([
    createDockerAgent({
      address: { host: config.DOCKER_HOST, certPath: config.DOCKER_CERT_PATH },
      images: config.DROVER_DOCKER_IMAGES,
      limits: {
        memoryMb: config.DROVER_DOCKER_MEMORY_MB,
        memoryMbMax: config.DROVER_DOCKER_MEMORY_MB_MAX,
        cpus: config.DROVER_DOCKER_CPUS,
        cpusMax: config.DROVER_DOCKER_CPUS_MAX,
        pids: config.DROVER_DOCKER_PIDS,
      },
      contextMbMax: config.DROVER_DOCKER_CONTEXT_MB,
      workspacesRoot: config.DROVER_WORKSPACES_DIR,
      logger,
    }),
    createKubernetesAgent({
      mode: config.DROVER_KUBERNETES_MODE,
      cluster: { kubeconfig: config.KUBECONFIG, inCluster: config.KUBERNETES_SERVICE_HOST !== undefined },
      namespace: config.DROVER_KUBERNETES_NAMESPACE,
      namespaces: config.DROVER_KUBERNETES_NAMESPACES,
    }),
  ]);
  return config.DROVER_DIAGNOSTICS ? [...agents, createDiagnosticsAgent()] : agents;
}
