/**
 * The validator of a kind, out of the packages that carry the schemas of Kubernetes and KEDA.
 *
 * Only the kind that is asked for is loaded: all of them together are tens of megabytes. Of Kubernetes' own groups only
 * the stable versions count, because the packages still carry long removed previews that no cluster serves.
 */
import { z } from "zod";

/** Throws an error with the faults of the object that it is called on. */
type Validate = () => unknown;

const stableVersion = /^(?:(?:[a-z]+(?:\.[a-z0-9]+)*)\/)?v\d+$/;
const kedaVersion = /^(?:eventing\.)?keda\.sh\/v1alpha1$/;
const kindName = /^[A-Z][A-Za-z0-9]*$/;

const model = z.custom<{ prototype: { validate: Validate } }>(
  (value) => typeof value === "function" && "is" in value && typeof value.prototype?.validate === "function",
);

/** Undefined where no schema of the kind is known. */
export async function findValidator(apiVersion: string, kind: string): Promise<Validate | undefined> {
  if (!kindName.test(kind)) return undefined;
  const found = await load(packageOf(apiVersion), `${apiVersion}/${kind}`);
  const parsed = z.object({ [kind]: model }).safeParse(found);
  return parsed.success ? parsed.data[kind]?.prototype.validate : undefined;
}

function packageOf(apiVersion: string): string | undefined {
  if (kedaVersion.test(apiVersion)) return "@kubernetes-models/keda";
  return stableVersion.test(apiVersion) ? "kubernetes-models" : undefined;
}

async function load(packageName: string | undefined, path: string): Promise<unknown> {
  if (packageName === undefined) return undefined;
  const specifier = `${packageName}/${path}`;
  try {
    return { ...(await import(specifier)) };
  } catch {
    return undefined; // The package exports no such kind; each loader words that error in its own way.
  }
}
