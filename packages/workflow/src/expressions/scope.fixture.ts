/** A scope as a run would have it, for tests. */
import type { Scope } from "./scope.ts";

export const exampleScope: Scope = {
  inputs: {
    tag: "v1.2",
    count: 5,
    ratio: 1.5,
    flags: ["a", "b", "c"],
    numbers: [3, 1, 2],
    services: [
      { name: "web", replicas: 2 },
      { name: "api", replicas: 1 },
    ],
    nothing: null,
    deep: { "with space": { on: true } },
    at: "2026-01-01T12:30:00Z",
  },
  steps: {
    build: { status: "completed", output: { image: "app:1", files: 3, logs: "ok" }, error: null },
    "run-tests": {
      status: "failed",
      output: null,
      error: { code: "agent_failed", message: "2 tests failed", retryable: true, attempt: 3 },
    },
    deploy: { status: "completed", output: [{ region: "eu" }, { region: "us" }], error: null },
    optional: { status: "skipped", output: null, error: null },
  },
  item: { name: "web", replicas: 2 },
  index: 1,
  run: { id: "wf_01", name: "release", workspace_id: "ws-1" },
};
