/** What the Kubernetes step did, or planned where there is no cluster, in lines for people. */
import { z } from "zod";

const kubeObject = z.object({
  kind: z.string(),
  name: z.string(),
  namespace: z.string().nullish(),
  operation: z.string().optional(),
  valid: z.boolean().optional(),
});
const outcome = z.object({
  applied: z.boolean(),
  plan: z.array(kubeObject).optional(),
  objects: z.array(kubeObject).optional(),
});

const notApplied =
  "Checked and planned, not applied: the demo touches no cluster; npm start uses that of KUBECONFIG.";

export function describeDeployment(output: unknown): string[] {
  const parsed = outcome.safeParse(output);
  if (!parsed.success) return [JSON.stringify(output)];
  const { applied, plan = [], objects = plan } = parsed.data;
  const lines = objects.map(({ kind, name, namespace, operation, valid }) =>
    [
      `${kind}/${name}`,
      namespace == null ? "" : `in ${namespace}`,
      operation ?? "",
      valid === false ? "(not valid)" : "",
    ]
      .filter((part) => part !== "")
      .join(" "),
  );
  return applied ? lines : [...lines, notApplied];
}
