import { expect, test } from "vitest";
import { agentCatalogue, agentSupporting, payloadFaults, payloadJsonSchema } from "./agent-catalogue.ts";
import { openCode } from "./opencode.ts";

test("every agent has a name and types of its own, and every action a payload that can be described", () => {
  const types = agentCatalogue.flatMap((agent) => [...agent.supports]);
  expect(new Set(types).size).toBe(types.length);
  for (const agent of agentCatalogue) {
    expect(agentSupporting(agent.supports[0] ?? "")).toBe(agent);
    for (const action of Object.keys(agent.actions)) {
      expect(payloadJsonSchema(agent, action)).toMatchObject({
        type: "object",
        properties: { action: { const: action } },
        required: expect.arrayContaining(["action"]),
      });
    }
  }
});

test("every fault of a payload is named with its path", () => {
  const faults = payloadFaults(
    openCode,
    "prompt",
    { language: 1, context: { file_path: "../etc/passwd" }, colour: "red" },
    "payload",
  );
  expect(faults.map(({ field }) => field).sort()).toEqual([
    "payload.colour",
    "payload.context.file_path",
    "payload.language",
    "payload.prompt",
  ]);
});

test("an unknown or missing action is named beside those there are", () => {
  expect(payloadFaults(openCode, "dance", {}, "payload")).toMatchObject([
    { field: "payload.action", detail: expect.stringContaining("generate_api") },
  ]);
  expect(payloadFaults(openCode, undefined, {}, "payload")).toMatchObject([{ field: "payload.action" }]);
});
