import { expect, test } from "vitest";
import { isClusterScoped } from "./cluster-scoped.ts";
import { validateObject } from "./validate-object.ts";

const container = { name: "web", image: "nginx:1.29", resources: { limits: { cpu: 1, memory: "64Mi" } } };
const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels: { "app.kubernetes.io/name": "web" } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [container], volumes: [{ name: "tmp", emptyDir: {} }] },
    },
  },
};
const scaledObject = {
  apiVersion: "keda.sh/v1alpha1",
  kind: "ScaledObject",
  metadata: { name: "web" },
  spec: {
    scaleTargetRef: { name: "web" },
    minReplicaCount: 0,
    initialCooldownPeriod: 10,
    fallback: { failureThreshold: 3, replicas: 2, behavior: "static" },
    triggers: [
      {
        type: "metrics-api",
        metadata: { url: "http://drover", valueLocation: "demand" },
        authenticationRef: { name: "x" },
      },
    ],
  },
};

test("a valid object has no faults", async () => {
  expect(await validateObject(deployment)).toEqual({ known: true, faults: [] });
  expect(await validateObject(scaledObject)).toEqual({ known: true, faults: [] });
});

test.each([
  { kind: "ConfigMap", fields: { data: { anything: "goes" } } },
  { kind: "Secret", fields: { stringData: { a: "b" }, type: "Opaque" } },
  { kind: "Namespace", fields: {} },
  { kind: "ServiceAccount", fields: { automountServiceAccountToken: false } },
  {
    kind: "Service",
    fields: { spec: { ports: [{ port: 80, targetPort: "http" }], selector: { app: "web" } } },
  },
])("a map of $kind takes any key", async ({ kind, fields }) => {
  const object = { apiVersion: "v1", kind, metadata: { name: "x", annotations: { "a/b": "c" } }, ...fields };
  expect(await validateObject(object)).toEqual({ known: true, faults: [] });
});

test("every wrong type, missing field and mistyped name is reported with its path", async () => {
  const wrong = {
    ...deployment,
    metadata: { name: "web", lables: { app: "web" } },
    spec: {
      replicas: "two",
      template: { spec: { containers: [{ nam: "web", image: "x", ports: [{ containerPort: "80" }] }] } },
    },
  };
  const { known, faults } = await validateObject(wrong);
  expect(known).toBe(true);
  expect(faults.map(({ path, message }) => `${path} ${message}`).sort()).toEqual([
    "metadata.lables is not a known field",
    "spec.replicas must be integer",
    "spec.selector is required",
    "spec.template.spec.containers[0].nam is not a known field",
    "spec.template.spec.containers[0].name is required",
    "spec.template.spec.containers[0].ports[0].containerPort must be integer",
  ]);
});

test("a mistyped field of a KEDA object is found", async () => {
  const wrong = {
    ...scaledObject,
    spec: { ...scaledObject.spec, minReplicaCont: 1, triggers: [{ type: 3 }] },
  };
  const { faults } = await validateObject(wrong);
  expect(faults).toContainEqual({ path: "spec.minReplicaCont", message: "is not a known field" });
  expect(faults).toContainEqual({ path: "spec.triggers[0].metadata", message: "is required" });
  expect(faults).toContainEqual({ path: "spec.triggers[0].type", message: "must be string" });
});

test("a key that is no name is quoted in its path", async () => {
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, data: { "a.b": 1 } };
  expect((await validateObject(object)).faults).toEqual([{ path: 'data["a.b"]', message: "must be string" }]);
});

test.each([
  ["example.com/v1", "Widget"],
  ["v1", "DoesNotExist"],
  ["v1", "PodSpec"],
  ["v1", "../../package"],
  ["extensions/v1beta1", "Ingress"],
  ["../v1", "Pod"],
  ["v1", "constructor"],
])("no schema is known of %s %s, which is not a fault", async (apiVersion, kind) => {
  expect(await validateObject({ apiVersion, kind, whatever: 1 })).toEqual({ known: false, faults: [] });
});

test("an object without apiVersion or kind is faulty", async () => {
  expect((await validateObject({ kind: "Pod" })).faults).toEqual([
    { path: "apiVersion", message: "must be a string that is not empty" },
  ]);
  expect((await validateObject(["x"])).faults).toHaveLength(1);
});

test("kinds outside of namespaces are known, and a namesake in another group is not one", () => {
  expect(isClusterScoped("v1", "Namespace")).toBe(true);
  expect(isClusterScoped("rbac.authorization.k8s.io/v1", "ClusterRole")).toBe(true);
  expect(isClusterScoped("apps/v1", "Deployment")).toBe(false);
  expect(isClusterScoped("example.com/v1", "Node")).toBe(false);
  expect(isClusterScoped("constructor/v1", "name")).toBe(false);
});
