import { anAgentTask, recordedContext } from "@drover/agent-kit/conformance";
import { describe, expect, test } from "vitest";
import { createKubernetesAgent } from "./kubernetes-agent.ts";

const namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "nginx:1"}]}}
`;
const task = (payload: Record<string, unknown>) => anAgentTask({ type: "kubernetes", payload });
const planner = () =>
  createKubernetesAgent({
    mode: "plan",
    cluster: { kubeconfig: undefined, inCluster: false },
    namespace: undefined,
    namespaces: ["*"],
  });

describe("in plan mode", () => {
  const plan = (manifest: string, fields: Record<string, unknown> = {}) =>
    planner().then((agent) =>
      agent.execute(task({ action: "apply_manifest", manifest, ...fields }), recordedContext()),
    );

  test("a valid manifest is planned and not said to be applied", async () => {
    const widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n";
    const { output } = await plan(`${namespace}---\n${deployment}---\n${widget}`, { namespace: "shop" });
    expect(output).toEqual({
      applied: false,
      mode: "plan",
      plan: [
        {
          api_version: "v1",
          kind: "Namespace",
          name: "shop",
          namespace: null,
          operation: "apply",
          valid: true,
        },
        {
          api_version: "apps/v1",
          kind: "Deployment",
          name: "web",
          namespace: "shop",
          operation: "apply",
          valid: true,
        },
        {
          api_version: "example.com/v1",
          kind: "Widget",
          name: "w",
          namespace: "shop",
          operation: "apply",
          valid: null,
          note: "no schema known",
        },
      ],
    });
  });

  test("an invalid manifest fails with every fault", async () => {
    const wrong = deployment.replace("replicas: 1", 'replicas: "1"').replace("image:", "imagee:");
    await expect(plan(`${namespace}---\n${wrong}`)).rejects.toMatchObject({
      name: "PermanentFailure",
      code: "manifest_invalid",
      message: expect.stringMatching(
        /document 2: spec\.replicas must be integer; document 2: spec\.template\.spec\.containers\[0\]\.imagee is not a known field/,
      ),
    });
  });

  test("there is nothing to read or delete, and the agent says that it only plans", async () => {
    await using agent = await planner();
    expect(agent.health()).toMatchObject({ status: "degraded", reason: expect.stringContaining("plans") });
    for (const action of ["get", "delete"]) {
      const payload = { action, api_version: "v1", kind: "Namespace", name: "shop" };
      await expect(agent.execute(task(payload), recordedContext())).rejects.toMatchObject({
        code: "agent_unavailable",
      });
    }
  });
});
