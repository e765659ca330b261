/** What an npm registry says about one version of a package. */
import { packageIntegrity } from "@drover/contracts";
import { DroverError, toError } from "@drover/errors";
import { z } from "zod";

const deadlineMs = 10_000;
/** Everybody names it, nearly nobody needs it at run time: its types are what they use. */
const ignoredDependency = "@opencode-ai/plugin";

const versionDocument = z.object({
  description: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  dist: z.object({ integrity: packageIntegrity }),
});

export interface RegisteredPackage {
  readonly description: string;
  readonly integrity: string;
}

/**
 * @param pinned `name@1.2.3`
 * @throws DroverError validation_failed when there is no such version, or it needs other packages; plugin_unavailable when the
 *   registry does not answer as one
 */
export async function readRegistry(
  registry: string,
  pinned: string,
  signal: AbortSignal,
): Promise<RegisteredPackage> {
  const at = pinned.lastIndexOf("@");
  const [name, version] = [pinned.slice(0, at), pinned.slice(at + 1)];
  const url = `${registry.replace(/\/$/, "")}/${name.replace("/", "%2f")}/${version}`;
  const answer = await fetchJson(url, AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]));
  if (answer.status === 404) throw fault(`there is no ${pinned} in the registry of this deployment`);
  const found = versionDocument.safeParse(answer.body);
  if (answer.status !== 200 || !found.success)
    throw new DroverError("plugin_unavailable", {
      detail: `The registry answers ${answer.status} for ${pinned}${answer.status === 200 ? ", without a sha512" : ""}.`,
    });
  const needed = Object.keys(found.data.dependencies ?? {}).filter((other) => other !== ignoredDependency);
  if (needed.length > 0)
    throw fault(
      `needs other packages (${needed.join(", ")}); only one that brings all it needs can be plugged in`,
    );
  return { description: found.data.description ?? "", integrity: found.data.dist.integrity };
}

async function fetchJson(url: string, signal: AbortSignal): Promise<{ status: number; body: unknown }> {
  try {
    const answer = await fetch(url, { signal, headers: { Accept: "application/json" } });
    return { status: answer.status, body: await answer.json().catch(() => null) };
  } catch (error) {
    throw new DroverError("plugin_unavailable", {
      detail: `The registry of this deployment does not answer: ${toError(error).message}.`,
      cause: error,
    });
  }
}

function fault(detail: string): DroverError {
  return new DroverError("validation_failed", { validations: [{ field: "spec", detail }] });
}
