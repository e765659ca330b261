/** What the manifests promise, read from the files: no cluster is needed. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { validateObject } from "@drover/kube-schema";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { manifestFiles, manifests, type Workload, workloads, yamlDocuments } from "./manifests.ts";
import { repositoryRoot } from "./repository-root.ts";

const kustomization = z.looseObject({
  resources: z.array(z.string()).default([]),
  patches: z.array(z.object({ path: z.string() })).default([]),
  images: z.array(z.object({ name: z.string(), newTag: z.string() })).default([]),
});
const kustomizations = manifestFiles()
  .filter((file) => file.endsWith("kustomization.yaml"))
  .map((file) => ({ file, content: kustomization.parse(yamlDocuments(file)[0]) }));

const packageVersion = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8"))).version;

/** The value of an environment variable that stands in the manifest itself. */
const setting = (of: Workload, name: string) =>
  of.spec.template.spec.containers[0]?.env.find((variable) => variable.name === name)?.value;

test.each(manifests())(
  "$object.kind $object.metadata.name is valid by the published schema of its kind",
  async ({ object }) => {
    expect(await validateObject(object)).toEqual({ known: true, faults: [] });
  },
);

test("every kustomization lists every file beside it, and only files that are there", () => {
  for (const { file, content } of kustomizations) {
    const beside = readdirSync(join(repositoryRoot, dirname(file)), { withFileTypes: true })
      .filter((entry) => entry.isFile() && !/^(kustomization|secret\.example)\.yaml$/.test(entry.name))
      .map((entry) => entry.name);
    const listed = [...content.resources, ...content.patches.map((patch) => patch.path)];
    expect(listed.filter((path) => !path.startsWith("..")).sort(), file).toEqual(beside.sort());
  }
});

test("every container is probed, bounded, without root, on a read-only file system and without capabilities", () => {
  for (const { metadata, spec } of workloads()) {
    const pod = spec.template.spec;
    expect(pod.securityContext, metadata.name).toMatchObject({
      runAsNonRoot: true,
      runAsUser: expect.any(Number),
      seccompProfile: { type: "RuntimeDefault" },
    });
    for (const container of pod.containers) {
      expect(container, metadata.name).toMatchObject({
        startupProbe: expect.anything(),
        livenessProbe: expect.anything(),
        readinessProbe: expect.anything(),
        resources: {
          requests: { cpu: expect.anything(), memory: expect.anything() },
          limits: { cpu: expect.anything(), memory: expect.anything() },
        },
        securityContext: {
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
        },
      });
    }
  }
});

test("an image has a fixed tag and no registry, and Drover's own have the version of the repository", () => {
  const images = workloads().flatMap(({ spec }) => spec.template.spec.containers.map(({ image }) => image));
  for (const image of images) {
    expect(image).toMatch(/^(?:drover\/)?[a-z-]+:(?!latest$)[a-zA-Z0-9.-]+$/);
    if (image.startsWith("drover/")) expect(image).toMatch(new RegExp(`:${packageVersion}$`));
  }
  for (const { content } of kustomizations)
    for (const { newTag } of content.images) expect(newTag).toBe(packageVersion);
});

test("nothing in Drover's namespace may talk to anything, unless a policy says so", () => {
  const policies = manifests().filter(({ object }) => object.kind === "NetworkPolicy");
  expect(policies.map(({ object }) => object)).toContainEqual(
    expect.objectContaining({
      metadata: expect.objectContaining({ namespace: "drover" }),
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    }),
  );
});

test("only the infra-worker holds a token for the cluster, and its rights end in its own namespace", () => {
  const withToken = workloads().filter(
    ({ spec }) => spec.template.spec.automountServiceAccountToken !== false,
  );
  expect(withToken.map(({ metadata }) => metadata.name)).toEqual(["infra-worker"]);
  const rights = manifests().filter(({ object }) => object.apiVersion.startsWith("rbac."));
  for (const { object } of rights) {
    expect(object).toMatchObject({
      kind: expect.stringMatching(/^Role(Binding)?$/),
      metadata: { namespace: "drover-deployments" },
    });
    expect(JSON.stringify(object)).not.toMatch(/"\*"|secrets|pods|exec|rolebindings/);
  }
});

test("the kubernetes agent deploys where its rights are, unless a manifest says otherwise, and then it is refused", () => {
  const held = manifests().find(({ object }) => object.metadata.name === "infra-worker-kubeconfig");
  const { data } = z.object({ data: z.object({ kubeconfig: z.string() }) }).parse(held?.object);
  expect(parse(data.kubeconfig)).toMatchObject({
    "current-context": "here",
    contexts: [{ name: "here", context: { namespace: "drover-deployments" } }],
  });
  const worker = workloads().find(({ metadata }) => metadata.name === "infra-worker");
  expect(worker && setting(worker, "DROVER_KUBERNETES_NAMESPACES")).toBe("drover-deployments");
});

test("a pod is given longer to stop than its service takes to drain", () => {
  const draining = workloads().filter((each) => setting(each, "DROVER_DRAIN_SECONDS") !== undefined);
  expect(draining).toHaveLength(4);
  for (const each of draining) {
    const graceSeconds = each.spec.template.spec.terminationGracePeriodSeconds ?? 0;
    expect(graceSeconds, each.metadata.name).toBeGreaterThan(Number(setting(each, "DROVER_DRAIN_SECONDS")));
  }
});

test("the example of the secrets holds no value and is never applied", () => {
  const example = z
    .object({ kind: z.literal("Secret"), stringData: z.record(z.string(), z.literal("")) })
    .parse(yamlDocuments("k8s/base/secret.example.yaml")[0]);
  expect(Object.keys(example.stringData)).not.toHaveLength(0);
  for (const { content } of kustomizations) expect(content.resources).not.toContain("secret.example.yaml");
});
