/** The `kubernetes` agent: objects of one cluster, or plans where none is to be touched. */
import type { Agent, AgentHealth } from "@drover/agent-kit";
import { applyManifestFields, kubernetes, objectReferenceFields } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import type { z } from "zod";
import { type ActionCall, action, createActionAgent } from "../agent/action-agent.ts";
import { type HealthPoll, pollHealth } from "../agent/health-poll.ts";
import { applyManifest } from "./apply-manifest.ts";
import { Cluster } from "./cluster.ts";
import { ClusterConnection } from "./cluster-connection.ts";
import { answerFailure, connectionFailure } from "./cluster-failure.ts";
import { type ObjectReference, referenceFields } from "./kube-object.ts";
import { type ClusterSettings, loadCluster } from "./load-cluster.ts";
import { manifestSources } from "./manifest-source.ts";
import { NamespacePolicy } from "./namespace-policy.ts";
import { planManifest } from "./plan-manifest.ts";
import { readManifest } from "./read-manifest.ts";
import { readObject } from "./read-object.ts";

export interface KubernetesAgentOptions {
  readonly mode: "cluster" | "plan";
  readonly cluster: ClusterSettings;
  /** Where an object lives for which nobody names a namespace; undefined: the credential's own. */
  readonly namespace: string | undefined;
  /** See `NamespacePolicy`. */
  readonly namespaces: readonly string[];
  /** How long the API may take for one request, in milliseconds. */
  readonly deadlineMs?: number;
}

const deadlineDefaultMs = 30_000;

export async function createKubernetesAgent(options: KubernetesAgentOptions): Promise<Agent> {
  const policy = new NamespacePolicy(options.namespaces);
  if (options.mode === "plan") return planningAgent(policy, options.namespace ?? "default");
  const found = await loadCluster(options.cluster);
  if ("reason" in found) return unavailableAgent(found.reason);
  const connection = new ClusterConnection(found, options.deadlineMs ?? deadlineDefaultMs);
  return await clusterAgent(
    connection,
    new Cluster(connection, options.namespace ?? found.namespace),
    policy,
  );
}

function planningAgent(policy: NamespacePolicy, namespaceDefault: string): Agent {
  const health: AgentHealth = {
    status: "degraded",
    reason: "It only plans: manifests are checked and nothing is applied.",
  };
  const refuse = refusal("In plan mode there is no cluster to ask.");
  return createActionAgent({
    descriptor: kubernetes,
    actions: {
      apply_manifest: action(applyManifestFields, async ({ manifest, namespace }, { task }) => {
        const entries = readManifest(await manifestSources(manifest, task));
        return await planManifest(entries, namespace ?? namespaceDefault, task.organizationId, policy);
      }),
      get: action(objectReferenceFields, refuse),
      delete: action(objectReferenceFields, refuse),
    },
    health: () => health,
  });
}

function unavailableAgent(reason: string): Agent {
  const refuse = refusal(reason);
  return createActionAgent({
    descriptor: kubernetes,
    actions: {
      apply_manifest: action(applyManifestFields, refuse),
      get: action(objectReferenceFields, refuse),
      delete: action(objectReferenceFields, refuse),
    },
    health: () => ({ status: "unavailable", reason }),
  });
}

async function clusterAgent(
  connection: ClusterConnection,
  cluster: Cluster,
  policy: NamespacePolicy,
): Promise<Agent> {
  const poll = await watchCluster(connection);
  const locate = async (fields: z.infer<typeof objectReferenceFields>, { task, signal }: ActionCall) => {
    const { api_version: apiVersion, kind, name, namespace } = fields;
    const reference = await cluster.locate({ apiVersion, kind, name, namespace }, undefined, signal);
    policy.check(reference, task.organizationId);
    return reference;
  };
  return createActionAgent({
    descriptor: kubernetes,
    actions: {
      apply_manifest: action(applyManifestFields, async (fields, call) => {
        const entries = readManifest(await manifestSources(fields.manifest, call.task));
        return await applyManifest(cluster, policy, entries, fields, call);
      }),
      get: action(objectReferenceFields, async (fields, call) => {
        return await readObject(cluster, await locate(fields, call), call.signal);
      }),
      delete: action(objectReferenceFields, async (fields, call) => {
        const reference: ObjectReference = await locate(fields, call);
        const existed = await cluster.delete(reference, call.signal);
        return { ...referenceFields(reference), deleted: true, existed };
      }),
    },
    health: () => poll.current(),
    dispose: async () => await poll[Symbol.asyncDispose](),
  });
}

function watchCluster(connection: ClusterConnection): Promise<HealthPoll> {
  const probe = async (signal: AbortSignal) => {
    const answer = await connection.send({ method: "GET", path: "/version" }, signal);
    if (answer.status >= 500 || answer.status === 401) throw answerFailure(answer, "tell its version", false);
  };
  return pollHealth({ probe, describe: (error) => connectionFailure(error).message });
}

function refusal(reason: string): () => Promise<never> {
  return async () => {
    throw new PermanentFailure("agent_unavailable", reason);
  };
}
