import { expect, test } from "vitest";
import { readOrchestratorConfig } from "./config.ts";

test("everything has a default", () => {
  expect(readOrchestratorConfig({})).toMatchObject({
    DROVER_PLANNER: "rules",
    DROVER_PLANNER_DEADLINE_SECONDS: 90,
    DROVER_ORCHESTRATOR_CONCURRENCY: 50,
  });
});

test("every faulty variable is named", () => {
  const read = () =>
    readOrchestratorConfig({ DROVER_PLANNER: "oracle", DROVER_ORCHESTRATOR_CONCURRENCY: "0" });
  expect(read).toThrow(/DROVER_PLANNER/);
  expect(read).toThrow(/DROVER_ORCHESTRATOR_CONCURRENCY/);
});
