/** `apply_manifest` without a cluster: checks every object against its schema and says what would be applied. */
import { isClusterScoped, validateObject } from "@drover/kube-schema";
import { type KubeObject, type ObjectReference, referenceFields } from "./kube-object.ts";
import type { NamespacePolicy } from "./namespace-policy.ts";
import { fault, type ManifestEntry, manifestInvalid } from "./read-manifest.ts";

/**
 * @param namespace where an object lives that names none
 * @throws PermanentFailure `manifest_invalid` with every fault of every object
 */
export async function planManifest(
  entries: readonly ManifestEntry[],
  namespace: string,
  organizationId: string,
  policy: NamespacePolicy,
): Promise<unknown> {
  const faults: string[] = [];
  const plan: unknown[] = [];
  for (const { object, where } of entries) {
    const verdict = await validateObject(object);
    faults.push(...verdict.faults.map(({ path, message }) => fault(where, path, message)));
    const reference = plannedReference(object, namespace);
    policy.check(reference, organizationId);
    const judged = verdict.known ? { valid: true } : { valid: null, note: "no schema known" };
    plan.push({ ...referenceFields(reference), operation: "apply", ...judged });
  }
  if (faults.length > 0) throw manifestInvalid(faults);
  return { applied: false, mode: "plan", plan };
}

function plannedReference({ apiVersion, kind, metadata }: KubeObject, namespace: string): ObjectReference {
  return {
    apiVersion,
    kind,
    name: metadata.name,
    namespace: isClusterScoped(apiVersion, kind) ? null : (metadata.namespace ?? namespace),
  };
}
