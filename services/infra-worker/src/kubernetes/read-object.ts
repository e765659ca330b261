/** `get`: one object as the cluster holds it, without its bookkeeping and without the values of a Secret. */
import { PermanentFailure } from "@drover/errors";
import { z } from "zod";
import type { Cluster, StoredObject } from "./cluster.ts";
import { describeObject, type ObjectReference, referenceFields } from "./kube-object.ts";

const hidden = "[redacted]";
/** Repeats the whole object, secret values included. */
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
const values = z.record(z.string(), z.unknown());

export async function readObject(
  cluster: Cluster,
  reference: ObjectReference,
  signal: AbortSignal,
): Promise<unknown> {
  const object = await cluster.read(reference, signal);
  if (object === undefined) {
    throw new PermanentFailure("not_found", `The cluster has no ${describeObject(reference)}.`);
  }
  return { ...referenceFields(reference), object: shown(object, reference.kind) };
}

function shown(object: StoredObject, kind: string): unknown {
  const { managedFields: _, ...metadata } = object.metadata;
  const annotations = values.safeParse(metadata["annotations"]).data ?? {};
  const { [lastApplied]: __, ...kept } = annotations;
  const cleaned = {
    ...object,
    metadata: { ...metadata, ...("annotations" in metadata ? { annotations: kept } : {}) },
  };
  if (kind !== "Secret") return cleaned;
  return { ...cleaned, ...hideValues(object, "data"), ...hideValues(object, "stringData") };
}

function hideValues(object: StoredObject, field: string): Record<string, unknown> {
  const data = values.safeParse(object[field]);
  if (!data.success) return {};
  return { [field]: Object.fromEntries(Object.keys(data.data).map((key) => [key, hidden])) };
}
