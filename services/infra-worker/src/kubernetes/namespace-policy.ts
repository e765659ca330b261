/** The namespaces that an organization's tasks may touch, as the operator lists them. */
import { PermanentFailure } from "@drover/errors";
import { describeObject, type ObjectReference } from "./kube-object.ts";

export class NamespacePolicy {
  readonly #patterns: readonly string[];

  /** @param patterns names with `*`, in which `{organization}` stands for the task's organization; `*` alone allows all */
  constructor(patterns: readonly string[]) {
    this.#patterns = patterns;
  }

  /**
   * Objects outside of every namespace are only allowed where all namespaces are.
   * @throws PermanentFailure `kubernetes_rejected`
   */
  check(reference: ObjectReference, organizationId: string): void {
    if (this.#patterns.includes("*")) return;
    const { namespace } = reference;
    if (namespace !== null && this.#patterns.some((one) => matches(one, organizationId, namespace))) return;
    throw new PermanentFailure(
      "kubernetes_rejected",
      `${describeObject(reference)} lies outside of the namespaces that this worker may touch.`,
    );
  }
}

function matches(pattern: string, organizationId: string, namespace: string): boolean {
  const parts = pattern.replaceAll("{organization}", organizationId).split("*");
  const text = parts.map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*");
  return new RegExp(`^${text}$`).test(namespace);
}
