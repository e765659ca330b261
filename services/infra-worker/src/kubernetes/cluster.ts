/** One cluster: reads, applies and deletes objects of any kind that it serves. */
import { PermanentFailure } from "@drover/errors";
import { z } from "zod";
import type { ClusterAnswer, ClusterConnection, ClusterRequest } from "./cluster-connection.ts";
import { answerFailure, connectionFailure } from "./cluster-failure.ts";
import { describeObject, type KubeObject, type ObjectReference } from "./kube-object.ts";

/** The name under which the cluster records what Drover applied. */
const fieldManager = "drover";

const resourceList = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});

/** An object as the cluster holds it. */
const storedObject = z.looseObject({
  metadata: z.looseObject({ uid: z.string().default(""), resourceVersion: z.string().default("") }),
});
export type StoredObject = z.infer<typeof storedObject>;

export interface ApplyOptions {
  readonly dryRun: boolean;
  /** Take over fields that others own. */
  readonly force: boolean;
}

interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

export class Cluster {
  readonly #connection: ClusterConnection;
  readonly #namespaceDefault: string;
  readonly #resources = new Map<string, Resource>();

  constructor(connection: ClusterConnection, namespaceDefault: string) {
    this.#connection = connection;
    this.#namespaceDefault = namespaceDefault;
  }

  /**
   * The full name of an object: with a namespace exactly where its kind has one.
   * @param namespace where the object itself names none; absent: the default
   * @throws PermanentFailure `kubernetes_rejected` for a kind that the cluster does not serve
   */
  async locate(
    object: { apiVersion: string; kind: string; name: string; namespace: string | undefined },
    namespace: string | undefined,
    signal: AbortSignal,
  ): Promise<ObjectReference> {
    const { namespaced } = await this.#resource(object.apiVersion, object.kind, signal);
    const inNamespace = object.namespace ?? namespace ?? this.#namespaceDefault;
    return { ...object, namespace: namespaced ? inNamespace : null };
  }

  /** Undefined where there is none. */
  async read(reference: ObjectReference, signal: AbortSignal): Promise<StoredObject | undefined> {
    const answer = await this.#send({ method: "GET", path: await this.#path(reference, signal) }, signal);
    if (answer.status === 404) return undefined;
    return accepted(answer, "read", reference);
  }

  /** Server-side apply: the cluster merges the object and records which fields are ours. */
  async apply(
    reference: ObjectReference,
    object: KubeObject,
    { dryRun, force }: ApplyOptions,
    signal: AbortSignal,
  ): Promise<StoredObject> {
    const { namespace: _, ...metadata } = object.metadata;
    const placed = reference.namespace === null ? metadata : { ...metadata, namespace: reference.namespace };
    const request: ClusterRequest = {
      method: "PATCH",
      path: await this.#path(reference, signal),
      query: {
        fieldManager,
        fieldValidation: "Strict",
        ...(force ? { force: "true" } : {}),
        ...(dryRun ? { dryRun: "All" } : {}),
      },
      contentType: "application/apply-patch+yaml", // JSON is YAML
      body: { ...object, metadata: placed },
    };
    return accepted(await this.#send(request, signal), "apply", reference);
  }

  /** Whether there was one. */
  async delete(reference: ObjectReference, signal: AbortSignal): Promise<boolean> {
    const path = await this.#path(reference, signal);
    const query = { propagationPolicy: "Background" };
    const answer = await this.#send({ method: "DELETE", path, query }, signal);
    if (answer.status === 404) return false;
    if (answer.status >= 300) throw refusal(answer, "delete", reference);
    return true;
  }

  async #resource(apiVersion: string, kind: string, signal: AbortSignal): Promise<Resource> {
    const key = `${apiVersion}/${kind}`;
    const known = this.#resources.get(key);
    if (known !== undefined) return known;
    const answer = await this.#send({ method: "GET", path: apiPath(apiVersion) }, signal);
    if (answer.status >= 300 && answer.status !== 404) {
      throw answerFailure(answer, `list the kinds of ${apiVersion}`, false);
    }
    for (const { name, kind: listed, namespaced } of resourceList.safeParse(answer.body).data?.resources ??
      []) {
      if (!name.includes("/")) this.#resources.set(`${apiVersion}/${listed}`, { plural: name, namespaced });
    }
    const found = this.#resources.get(key);
    if (found !== undefined) return found;
    throw new PermanentFailure("kubernetes_rejected", `The cluster serves no ${kind} of ${apiVersion}.`);
  }

  async #path({ apiVersion, kind, name, namespace }: ObjectReference, signal: AbortSignal): Promise<string> {
    const { plural } = await this.#resource(apiVersion, kind, signal);
    const scope = namespace === null ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
    return `${apiPath(apiVersion)}${scope}/${plural}/${encodeURIComponent(name)}`;
  }

  async #send(request: ClusterRequest, signal: AbortSignal): Promise<ClusterAnswer> {
    try {
      return await this.#connection.send(request, signal);
    } catch (error) {
      throw signal.aborted ? signal.reason : connectionFailure(error);
    }
  }
}

function apiPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function accepted(answer: ClusterAnswer, verb: string, reference: ObjectReference): StoredObject {
  const parsed = storedObject.safeParse(answer.body);
  if (answer.status < 300 && parsed.success) return parsed.data;
  throw refusal(answer, verb, reference);
}

function refusal(answer: ClusterAnswer, verb: string, reference: ObjectReference) {
  return answerFailure(answer, `${verb} ${describeObject(reference)}`, reference.kind === "Secret");
}
