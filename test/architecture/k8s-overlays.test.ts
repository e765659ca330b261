/** The manifests as a cluster would get them. Needs `kubectl` or `kustomize`; skipped by name where neither is installed. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { validateObject } from "@drover/kube-schema";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { manifestObject, workload } from "./manifests.ts";
import { repositoryRoot } from "./repository-root.ts";

const renderers = [
  { command: "kubectl", version: ["version", "--client"], render: ["kustomize"] },
  { command: "kustomize", version: ["version"], render: ["build"] },
];
const renderer = renderers.find(({ command, version }) => spawnSync(command, version).status === 0);

function rendered(folder: string) {
  if (renderer === undefined) throw new Error("neither kubectl nor kustomize is installed");
  const path = join(repositoryRoot, "k8s", folder);
  const run = spawnSync(renderer.command, [...renderer.render, path], { encoding: "utf8", timeout: 20_000 });
  if (run.status !== 0) throw new Error(run.stderr);
  return parseAllDocuments(run.stdout).map((document) => manifestObject.parse(document.toJS()));
}

describe.skipIf(renderer === undefined)("rendered by kubectl or kustomize", () => {
  test.each(["base", "overlays/local", "keda"])("everything in k8s/%s is valid", async (folder) => {
    const objects = rendered(folder);
    expect(objects.length).toBeGreaterThan(3);
    for (const object of objects) {
      const verdict = await validateObject(object);
      expect(verdict, `${object.kind} ${object.metadata.name}`).toEqual({ known: true, faults: [] });
    }
  });

  test("the local overlay touches no cluster and needs no model of yours", () => {
    const objects = rendered("overlays/local");
    const infraWorker = workload.parse(
      objects.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === "infra-worker"),
    );
    const pod = infraWorker.spec.template.spec;
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.containers[0]?.env).toContainEqual({ name: "DROVER_KUBERNETES_MODE", value: "plan" });
    expect(objects.find(({ metadata }) => metadata.name === "drover-model")).toMatchObject({
      data: { DROVER_MODEL_BASE_URL: "http://demo-model:8090/v1" },
    });
  });
});
