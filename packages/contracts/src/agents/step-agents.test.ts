import { expect, test } from "vitest";
import { agentNamed, agentSupporting, payloadFaults, payloadJsonSchema } from "./agent-catalogue.ts";
import { approvalFields, control } from "./control.ts";
import { stepAgentNamed } from "./step-agents.ts";

const fields = (action: string, parameters: Record<string, unknown>) =>
  payloadFaults(control, action, parameters, "parameters").map(({ field }) => field);

test("a step may name control, a task may not", () => {
  expect(stepAgentNamed("control")).toBe(control);
  expect(stepAgentNamed("opencode")).toBe(agentNamed("opencode"));
  expect(stepAgentNamed("nobody")).toBeUndefined();
  expect(agentNamed("control")).toBeUndefined();
  expect(agentSupporting("control")).toBeUndefined();
});

test("what nobody decides within a day is denied", () => {
  expect(approvalFields.parse({ message: "Deploy?" })).toEqual({
    message: "Deploy?",
    deadline_seconds: 86_400,
    default: "deny",
  });
});

test("a control step says exactly one thing to wait for", () => {
  expect(fields("wait", { duration_seconds: 60 })).toEqual([]);
  expect(fields("wait", { until: "2026-11-22T20:00:00Z" })).toEqual([]);
  expect(fields("wait", {})).toEqual(["parameters"]);
  expect(fields("wait", { duration_seconds: 60, until: "2026-11-22T20:00:00Z" })).toEqual(["parameters"]);
  expect(fields("wait", { until: "tomorrow" })).toEqual(["parameters.until"]);
  expect(fields("workflow", { template: "release@3", inputs: { tag: "v1" } })).toEqual([]);
  expect(fields("workflow", { template: "release@0" })).toEqual(["parameters.template"]);
  expect(fields("workflow", { inputs: {} })).toEqual(["parameters"]);
  expect(fields("workflow", { workflow: { name: "child", steps: [] } })).toEqual([
    "parameters.workflow.steps",
  ]);
  expect(fields("approval", {})).toEqual(["parameters.message"]);
});

test("every control step can be described", () => {
  for (const action of Object.keys(control.actions)) {
    expect(payloadJsonSchema(control, action)).toMatchObject({ properties: { action: { const: action } } });
  }
});
