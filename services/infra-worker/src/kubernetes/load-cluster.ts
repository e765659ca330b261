/** Finds the cluster: in the files of KUBECONFIG, or the one that this pod runs in. */
import type { RequestOptions } from "node:https";
import { delimiter } from "node:path";
import { toError } from "@drover/errors";
import type { KubeConfig } from "@kubernetes/client-node";

/** What is needed to reach one cluster. */
export interface ClusterConfig {
  readonly server: string;
  readonly namespace: string;
  /** Puts certificates, tokens and proxies into the options of a request. */
  authenticate(options: RequestOptions): Promise<void>;
}

export interface ClusterSettings {
  /** KUBECONFIG: one or more files. */
  readonly kubeconfig: string | undefined;
  /** Whether this runs in a pod. */
  readonly inCluster: boolean;
}

/** The cluster, or the reason why there is none. */
export async function loadCluster(settings: ClusterSettings): Promise<ClusterConfig | { reason: string }> {
  if (settings.kubeconfig === undefined && !settings.inCluster) {
    return { reason: "No cluster is configured: neither KUBECONFIG is set nor is this a pod." };
  }
  try {
    return clusterOf(await readKubeConfig(settings.kubeconfig));
  } catch (error) {
    return { reason: `The cluster's configuration cannot be used: ${toError(error).message}` };
  }
}

/** The library is large, so that it is only loaded where there is a cluster. */
async function readKubeConfig(kubeconfig: string | undefined): Promise<KubeConfig> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const merged = new KubeConfig();
  if (kubeconfig === undefined) {
    merged.loadFromCluster();
    return merged;
  }
  const [first, ...others] = kubeconfig.split(delimiter).filter((path) => path !== "");
  if (first === undefined) throw new Error("KUBECONFIG names no file.");
  merged.loadFromFile(first);
  for (const path of others) {
    const other = new KubeConfig();
    other.loadFromFile(path);
    merged.mergeConfig(other, true);
  }
  return merged;
}

function clusterOf(config: KubeConfig): ClusterConfig {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error("It has no current context with a cluster.");
  if (new URL(cluster.server).protocol === "http:" && !cluster.skipTLSVerify) {
    throw new Error("An http:// server needs insecure-skip-tls-verify.");
  }
  return {
    server: cluster.server,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? "default",
    authenticate: (options) => config.applyToHTTPSOptions(options),
  };
}
