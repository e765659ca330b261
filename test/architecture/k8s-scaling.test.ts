/** What KEDA is told must agree with the contract and with the workers that it scales. */
import { agentNames, getQueueDemand, systemQueues } from "@drover/contracts";
import { expect, test } from "vitest";
import { z } from "zod";
import { manifests, workloads } from "./manifests.ts";

const scaledObject = z.looseObject({
  kind: z.literal("ScaledObject"),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    scaleTargetRef: z.object({ name: z.string() }),
    minReplicaCount: z.number(),
    maxReplicaCount: z.number(),
    triggers: z.array(
      z.object({
        type: z.literal("metrics-api"),
        name: z.string(),
        metadata: z.strictObject({
          url: z.url(),
          valueLocation: z.literal("demand"),
          targetValue: z.string().regex(/^\d+$/),
          timeout: z.string().regex(/^\d+$/),
          authMode: z.literal("bearer"),
        }),
        authenticationRef: z.object({ name: z.string() }),
      }),
    ),
  }),
});
const scaledObjects = manifests()
  .filter(({ object }) => object.kind === "ScaledObject")
  .map(({ object }) => scaledObject.parse(object));

test("every worker is scaled, and none of those is given a number of replicas elsewhere", () => {
  const names = scaledObjects.map(({ spec }) => spec.scaleTargetRef.name).sort();
  expect(names).toEqual(["agentzero-orchestrator", "infra-worker", "opencode-worker"]);
  for (const name of names) {
    const target = workloads().find(({ metadata }) => metadata.name === name);
    expect(target, name).toBeDefined();
    expect(target?.spec.replicas, name).toBeUndefined();
  }
});

test("every trigger asks the gateway for the demand of a queue that there is", () => {
  const known = [...agentNames, ...Object.values(systemQueues)];
  for (const { spec } of scaledObjects) {
    for (const { name, metadata } of spec.triggers) {
      expect(known).toContain(name);
      expect(new URL(metadata.url).pathname).toBe(getQueueDemand.path.replace("{queue_name}", name));
    }
  }
});

test("every trigger has a credential to ask with", () => {
  const credentials = manifests()
    .filter(({ object }) => object.kind === "TriggerAuthentication")
    .map(({ object }) => object.metadata.name);
  for (const { spec } of scaledObjects)
    for (const { authenticationRef } of spec.triggers) expect(credentials).toContain(authenticationRef.name);
});

const concurrencySettings = {
  "opencode-worker": "DROVER_OPENCODE_CONCURRENCY",
  "agentzero-orchestrator": "DROVER_ORCHESTRATOR_CONCURRENCY",
  "infra-worker": "DROVER_INFRA_CONCURRENCY",
};

test.each(Object.entries(concurrencySettings))(
  "one replica of %s counts for what it works on at a time",
  (name, setting) => {
    const worker = workloads().find(({ metadata }) => metadata.name === name);
    const variables = worker?.spec.template.spec.containers[0]?.env ?? [];
    const concurrency = variables.find((variable) => variable.name === setting)?.value;
    const scaled = scaledObjects.find(({ spec }) => spec.scaleTargetRef.name === name);
    const targets = scaled?.spec.triggers.map(({ metadata }) => metadata.targetValue);
    expect([...new Set(targets)]).toEqual([concurrency]);
  },
);

test("a worker is never scaled to none, for delayed tasks come due only where one lives", () => {
  for (const { spec } of scaledObjects) {
    expect(spec.minReplicaCount).toBeGreaterThanOrEqual(1);
    expect(spec.maxReplicaCount).toBeGreaterThan(spec.minReplicaCount);
  }
});
