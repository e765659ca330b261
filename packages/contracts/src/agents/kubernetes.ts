/** The `kubernetes` agent: objects of one cluster. */
import { z } from "zod";
import { workspaceId } from "../names.ts";
import type { AgentDescriptor } from "./agent-descriptor.ts";

const dnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "must be a DNS name like web-1");
const context = z.strictObject({ workspace_id: workspaceId.optional() });

export const applyManifestFields = z.strictObject({
  /** YAML, one or more documents. Absent: the YAML artifacts of the steps that this one depends on. */
  manifest: z
    .string()
    .min(1)
    .max(1024 * 1024)
    .optional(),
  namespace: dnsName.optional(),
  dry_run: z.boolean().optional(),
  force: z.boolean().optional(),
  context: context.optional(),
});
export const objectReferenceFields = z.strictObject({
  api_version: z
    .string()
    .max(253)
    .regex(/^(?:[a-z0-9.-]+\/)?v[a-z0-9]+$/, "must be like v1 or apps/v1"),
  kind: z
    .string()
    .max(128)
    .regex(/^[A-Z][A-Za-z0-9]*$/, "must be like Deployment"),
  name: dnsName,
  namespace: dnsName.optional(),
});

export const kubernetes = {
  name: "kubernetes",
  version: "1.0.0",
  description: "Applies and reads objects of a Kubernetes cluster.",
  supports: ["kubernetes", "k8s"],
  actions: {
    apply_manifest: {
      description: "Server-side apply of one or more objects.",
      payload: applyManifestFields,
    },
    get: { description: "Read one object.", payload: objectReferenceFields },
    delete: { description: "Delete one object.", payload: objectReferenceFields },
  },
  workspace: "optional",
  defaults: { maxAttempts: 3, timeoutSeconds: 600 },
} as const satisfies AgentDescriptor;
