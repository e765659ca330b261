import type { Agent } from "@drover/agent-kit";
import { agentConformance, anAgentTask, recordedContext } from "@drover/agent-kit/conformance";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeKubeApi, refuse } from "../testing/fake-kube-api.ts";
import { createKubernetesAgent, type KubernetesAgentOptions } from "./kubernetes-agent.ts";

const deployment = (replicas: number, more = "") => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "nginx:1"}]}}
${more}`;
const namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
const webPath = "/apis/apps/v1/namespaces/shop/deployments/web";

const task = (payload: Record<string, unknown>) => anAgentTask({ type: "kubernetes", payload });
const apply = (manifest: string, fields: Record<string, unknown> = {}) =>
  task({ action: "apply_manifest", manifest, ...fields });

async function agentFor(
  kubeconfig: string | undefined,
  options: Partial<KubernetesAgentOptions> = {},
): Promise<Agent> {
  const cluster = { kubeconfig, inCluster: false };
  return await createKubernetesAgent({
    mode: "cluster",
    cluster,
    namespace: undefined,
    namespaces: ["*"],
    deadlineMs: 1_000,
    ...options,
  });
}

agentConformance("kubernetes", async () => {
  const api = await FakeKubeApi.start();
  api.overrule = ({ path }) => (path.endsWith("/stuck") ? "never" : undefined);
  const stuck = namespace.replace("shop", "stuck");
  return {
    agent: await agentFor(await api.kubeconfig(), { deadlineMs: 60_000 }),
    quickTask: () => apply(deployment(1)),
    endlessTask: () => apply(`${deployment(1)}\n---\n${stuck}`),
    invalidTask: () => task({ action: "get", api_version: "v1" }),
    leftovers: async () => [],
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
});

describe("on a cluster", () => {
  let api: FakeKubeApi;
  let agent: Agent;
  beforeEach(async () => {
    api = await FakeKubeApi.start();
    agent = await agentFor(await api.kubeconfig());
  });
  afterEach(async () => {
    await agent[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
  });

  const outputOf = async (payload: Record<string, unknown>) =>
    (await agent.execute(task(payload), recordedContext())).output;
  const applied = async (manifest: string, fields: Record<string, unknown> = {}) =>
    await outputOf({ action: "apply_manifest", manifest, ...fields });

  test("objects are applied in their order, each in its namespace, with only our fields", async () => {
    const output = await applied(`${namespace}\n---\n${deployment(2)}`);
    expect(output).toEqual({
      applied: true,
      mode: "cluster",
      objects: [
        {
          api_version: "v1",
          kind: "Namespace",
          name: "shop",
          namespace: null,
          uid: "uid-1",
          resource_version: "1",
          action: "created",
        },
        {
          api_version: "apps/v1",
          kind: "Deployment",
          name: "web",
          namespace: "shop",
          uid: "uid-2",
          resource_version: "2",
          action: "created",
        },
      ],
    });
    const patches = api.requests.filter(({ method }) => method === "PATCH");
    expect(patches.map(({ path }) => path)).toEqual(["/api/v1/namespaces/shop", webPath]);
    expect(patches[0]?.body).toEqual({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    expect(patches[1]).toMatchObject({
      query: { fieldManager: "drover", fieldValidation: "Strict" },
      contentType: "application/apply-patch+yaml",
      body: { metadata: { name: "web", namespace: "shop" } },
    });
  });

  test("what did not change is unchanged, what did is configured", async () => {
    await applied(deployment(2));
    expect(await applied(deployment(2))).toMatchObject({
      objects: [{ action: "unchanged", resource_version: "1" }],
    });
    expect(await applied(deployment(3))).toMatchObject({
      objects: [{ action: "configured", resource_version: "2" }],
    });
  });

  test("a field that no published schema knows still reaches the cluster", async () => {
    await applied(
      deployment(1, "  brandNewField: kept\n").replace("  brandNewField", "future: {brandNewField: kept}\n#"),
    );
    expect(api.object(webPath)).toMatchObject({ future: { brandNewField: "kept" } });
  });

  test("the namespace of the payload is for objects that name none", async () => {
    const own = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: own}\n";
    const none = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n";
    const output = await applied(`${own}---\n${none}---\n${namespace}`, { namespace: "given" });
    expect(output).toMatchObject({
      objects: [{ namespace: "own" }, { namespace: "given" }, { namespace: null }],
    });
  });

  test("the operator's namespace is for objects for which nobody names one", async () => {
    await using other = await agentFor(await api.kubeconfig(), { namespace: "deployments" });
    const { output } = await other.execute(apply(deployment(1)), recordedContext());
    expect(output).toMatchObject({ objects: [{ namespace: "deployments" }] });
  });

  test("a dry run changes nothing", async () => {
    expect(await applied(deployment(2), { dry_run: true })).toMatchObject({
      applied: false,
      dry_run: true,
      objects: [{ action: "created" }],
    });
    expect(api.object(webPath)).toBeUndefined();
    expect(api.requests.at(-1)?.query).toMatchObject({ dryRun: "All" });
  });

  test("a field that somebody else owns is named, and taken over only by force", async () => {
    await applied(deployment(2));
    api.applyAs("kubectl", webPath, { spec: { replicas: 5 } });
    await expect(applied(deployment(2))).rejects.toMatchObject({
      name: "PermanentFailure",
      code: "kubernetes_rejected",
      message: expect.stringMatching(
        /Deployment shop\/web.*\.spec\.replicas conflict with "kubectl".*"force"/,
      ),
    });
    await applied(deployment(2), { force: true });
    expect(api.object(webPath)).toMatchObject({ spec: { replicas: 2 } });
  });

  test("a failure in the middle says how far it came", async () => {
    api.overrule = ({ method, path }) =>
      method === "PATCH" && path === webPath
        ? refuse(422, "Invalid", "spec.selector: Required value")
        : undefined;
    await expect(applied(`${namespace}---\n${deployment(1)}`)).rejects.toMatchObject({
      code: "kubernetes_rejected",
      message: expect.stringMatching(/spec\.selector: Required value.*1 of 2 objects had been applied/),
    });
  });

  test.each([
    [401, "PermanentFailure", "kubernetes_rejected"],
    [403, "PermanentFailure", "kubernetes_rejected"],
    [422, "PermanentFailure", "kubernetes_rejected"],
    [409, "RetryableFailure", "kubernetes_rejected"],
    [429, "CapacityFailure", "kubernetes_unavailable"],
    [500, "RetryableFailure", "kubernetes_unavailable"],
    [503, "RetryableFailure", "kubernetes_unavailable"],
  ])("status %i is a %s", async (status, name, code) => {
    api.overrule = ({ method }) =>
      method === "PATCH" ? { ...refuse(status, "Told"), headers: { "retry-after": "7" } } : undefined;
    const failure = await applied(deployment(1)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name, code });
    if (status === 429) expect(failure).toMatchObject({ retryAfterMs: 7_000 });
  });

  test("a field that the cluster's schema does not have is refused for good, though the API says 500", async () => {
    const words =
      "failed to create typed patch object (shop/web): .spec.replicass: field not declared in schema";
    api.overrule = ({ method }) => (method === "PATCH" ? refuse(500, "InternalError", words) : undefined);
    await expect(applied(deployment(1))).rejects.toMatchObject({
      name: "PermanentFailure",
      code: "kubernetes_rejected",
    });
  });

  test("an API that does not answer in time counts as down", async () => {
    api.overrule = ({ method }) => (method === "PATCH" ? "never" : undefined);
    await expect(applied(deployment(1))).rejects.toMatchObject({
      name: "RetryableFailure",
      code: "kubernetes_unavailable",
    });
  });

  test("a kind that the cluster does not serve is refused for good", async () => {
    const widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n";
    await expect(applied(widget)).rejects.toMatchObject({
      name: "PermanentFailure",
      code: "kubernetes_rejected",
    });
  });

  test("get reads an object, and no value of a Secret comes out, not even in a refusal", async () => {
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {token: "hunter2"}\n';
    await applied(secret);
    const reference = { api_version: "v1", kind: "Secret", name: "s" };
    const output = await outputOf({ action: "get", ...reference });
    expect(output).toMatchObject({ namespace: "shop", object: { stringData: { token: "[redacted]" } } });
    api.overrule = ({ method }) =>
      method === "PATCH"
        ? refuse(422, "Invalid", 'Invalid value: "hunter2"', {
            causes: [{ field: "stringData", message: "hunter2" }],
          })
        : undefined;
    const failure = await applied(secret).catch((error: Error) => error.message);
    expect(failure).toContain("stringData");
    expect(failure).not.toContain("hunter2");
    await expect(outputOf({ action: "get", ...reference, name: "none" })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("delete removes an object, and one that is gone already is fine", async () => {
    await applied(deployment(1));
    const reference = { api_version: "apps/v1", kind: "Deployment", name: "web" };
    expect(await outputOf({ action: "delete", ...reference })).toMatchObject({
      deleted: true,
      existed: true,
    });
    expect(api.object(webPath)).toBeUndefined();
    expect(await outputOf({ action: "delete", ...reference })).toMatchObject({
      deleted: true,
      existed: false,
    });
  });

  test("an organization is kept to its namespaces", async () => {
    await using kept = await agentFor(await api.kubeconfig(), { namespaces: ["{organization}-*"] });
    const inNamespace = (name: string, organizationId: string) =>
      kept.execute({ ...apply(deployment(1), { namespace: name }), organizationId }, recordedContext());
    await inNamespace("acme-web", "acme");
    const refused = { name: "PermanentFailure", code: "kubernetes_rejected" };
    await expect(inNamespace("acme-web", "other")).rejects.toMatchObject(refused);
    await expect(inNamespace("acme", "acme")).rejects.toMatchObject(refused);
    await expect(kept.execute(apply(namespace), recordedContext())).rejects.toMatchObject(refused);
    expect(api.requests.filter(({ method }) => method === "PATCH")).toHaveLength(1);
  });
});

test("a cluster that is down, or refuses the credential, makes the agent unavailable with the reason", async () => {
  const api = await FakeKubeApi.start();
  const kubeconfig = await api.kubeconfig();
  await using stranger = await agentFor(await api.kubeconfig("wrong"));
  expect(stranger.health()).toMatchObject({ status: "unavailable", reason: expect.stringContaining("401") });
  await api[Symbol.asyncDispose]();
  await using agent = await agentFor(kubeconfig);
  expect(agent.health()).toMatchObject({ status: "unavailable" });
});

test("without a cluster the agent is unavailable and its tasks fail for good, with the reason", async () => {
  await using agent = await agentFor(undefined);
  const { status, reason } = agent.health();
  expect(status).toBe("unavailable");
  expect(reason).toContain("KUBECONFIG");
  await expect(agent.execute(apply(namespace), recordedContext())).rejects.toMatchObject({
    name: "PermanentFailure",
    code: "agent_unavailable",
    message: reason,
  });
});
