/** The Kubernetes manifests as they stand in the repository: every document with the file that it comes from. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { repositoryRoot } from "./repository-root.ts";

/** A kustomization is no object of a cluster, and the other two are patches of objects, or a shape without values. */
const notObjects = new Set(["kustomization.yaml", "small.yaml", "plan-mode.yaml", "secret.example.yaml"]);

const securityContext = z.looseObject({
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.number().optional(),
  readOnlyRootFilesystem: z.boolean().optional(),
  allowPrivilegeEscalation: z.boolean().optional(),
  capabilities: z.object({ drop: z.array(z.string()) }).optional(),
  seccompProfile: z.object({ type: z.string() }).optional(),
});
const quantities = z.record(z.string(), z.union([z.string(), z.number()])).default({});
const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
  startupProbe: z.unknown(),
  livenessProbe: z.unknown(),
  readinessProbe: z.unknown(),
  resources: z.object({ requests: quantities, limits: quantities }).default({ requests: {}, limits: {} }),
  securityContext: securityContext.default({}),
});

const podSpec = z.looseObject({
  automountServiceAccountToken: z.boolean().optional(),
  terminationGracePeriodSeconds: z.number().optional(),
  securityContext: securityContext.default({}),
  containers: z.array(container).min(1),
});

export const workload = z.looseObject({
  kind: z.enum(["Deployment", "StatefulSet"]),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    replicas: z.number().optional(),
    template: z.looseObject({ spec: podSpec }),
  }),
});
export type Workload = z.infer<typeof workload>;

export const manifestObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

export interface Manifest {
  readonly file: string;
  readonly object: z.infer<typeof manifestObject>;
}

export function yamlDocuments(file: string): unknown[] {
  return parseAllDocuments(readFileSync(join(repositoryRoot, file), "utf8")).map((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors.join("; ")}`);
    return document.toJS();
  });
}

/** Every YAML file below `k8s`, as a path from the root of the repository. */
export function manifestFiles(): string[] {
  return readdirSync(join(repositoryRoot, "k8s"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => join("k8s", file));
}

export function manifests(): Manifest[] {
  return manifestFiles()
    .filter((file) => !notObjects.has(file.slice(file.lastIndexOf("/") + 1)))
    .flatMap((file) => yamlDocuments(file).map((object) => ({ file, object: manifestObject.parse(object) })));
}

export function workloads(): Workload[] {
  return manifests().flatMap(({ object }) => {
    const parsed = workload.safeParse(object);
    return parsed.success ? [parsed.data] : [];
  });
}
