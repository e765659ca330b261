/** A Kubernetes object as a manifest holds it: what every object needs, and whatever else it has. */
import { z } from "zod";

const pathSegment = /^(?!\.{1,2}$)[^/%]+$/;

const apiVersionRule = "must be like v1 or apps/v1";
const kindRule = "must be like Deployment";
const nameRule = "must be a name";

export const kubeObject = z.looseObject(
  {
    apiVersion: z.string(apiVersionRule).regex(/^(?:[a-z0-9.-]+\/)?v[a-z0-9]+$/, apiVersionRule),
    kind: z.string(kindRule).regex(/^[A-Z][A-Za-z0-9]*$/, kindRule),
    metadata: z.looseObject(
      {
        name: z.string(nameRule).max(253, nameRule).regex(pathSegment, nameRule),
        namespace: z.string(nameRule).max(63, nameRule).regex(pathSegment, nameRule).optional(),
      },
      "must be an object with a name",
    ),
  },
  "must be an object",
);
export type KubeObject = z.infer<typeof kubeObject>;

/** Names one object. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Null for one outside of every namespace. */
  readonly namespace: string | null;
}

/** `Deployment shop/web`, as messages name an object. */
export function describeObject({ kind, name, namespace }: Omit<ObjectReference, "apiVersion">): string {
  return namespace === null ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** The wire form of a reference. */
export function referenceFields(reference: ObjectReference) {
  const { apiVersion, kind, name, namespace } = reference;
  return { api_version: apiVersion, kind, name, namespace };
}
