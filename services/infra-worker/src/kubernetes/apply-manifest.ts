/** `apply_manifest` on a cluster: server-side apply of every object, in the order of the manifest. */
import { isDeepStrictEqual } from "node:util";
import type { applyManifestFields } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import type { z } from "zod";
import type { ActionCall } from "../agent/action-agent.ts";
import type { Cluster, StoredObject } from "./cluster.ts";
import { describeObject, type ObjectReference, referenceFields } from "./kube-object.ts";
import type { NamespacePolicy } from "./namespace-policy.ts";
import type { ManifestEntry } from "./read-manifest.ts";

type ApplyAction = "created" | "configured" | "unchanged";

export async function applyManifest(
  cluster: Cluster,
  policy: NamespacePolicy,
  entries: readonly ManifestEntry[],
  fields: z.infer<typeof applyManifestFields>,
  { task, context, signal }: ActionCall,
): Promise<unknown> {
  const dryRun = fields.dry_run ?? false;
  const force = fields.force ?? false;
  const objects: unknown[] = [];
  for (const { object } of entries) {
    const { apiVersion, kind, metadata } = object;
    const named = { apiVersion, kind, name: metadata.name, namespace: metadata.namespace };
    try {
      const reference = await cluster.locate(named, fields.namespace, signal);
      policy.check(reference, task.organizationId);
      const before = await cluster.read(reference, signal);
      const after = await cluster.apply(reference, object, { dryRun, force }, signal);
      const done = outcome(reference, before, after);
      objects.push(done);
      context.progress({
        kind: "apply",
        object: describeObject(reference),
        action: done.action,
        dry_run: dryRun,
      });
    } catch (error) {
      throw withProgress(error, objects.length, entries.length, dryRun);
    }
  }
  return { applied: !dryRun, mode: "cluster", ...(dryRun ? { dry_run: true } : {}), objects };
}

function outcome(reference: ObjectReference, before: StoredObject | undefined, after: StoredObject) {
  return {
    ...referenceFields(reference),
    uid: after.metadata.uid,
    resource_version: after.metadata.resourceVersion,
    action: actionOf(before, after),
  };
}

function actionOf(before: StoredObject | undefined, after: StoredObject): ApplyAction {
  if (before === undefined) return "created";
  return isDeepStrictEqual(withoutBookkeeping(before), withoutBookkeeping(after))
    ? "unchanged"
    : "configured";
}

/** What the cluster itself changes with every write is no change of the object. */
function withoutBookkeeping({ metadata, ...object }: StoredObject): unknown {
  const { managedFields: _, resourceVersion: __, generation: ___, ...kept } = metadata;
  return { ...object, metadata: kept };
}

/** A failure in the middle says what had been applied by then. */
function withProgress(error: unknown, done: number, total: number, dryRun: boolean): unknown {
  if (!(error instanceof PermanentFailure) || done === 0 || dryRun) return error;
  const message = `${error.message} (${done} of ${total} objects had been applied)`;
  return new PermanentFailure(error.code, message, { cause: error });
}
