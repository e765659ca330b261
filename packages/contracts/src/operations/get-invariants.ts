import { defineOperation } from "../define-operation.ts";
import { invariants } from "../invariants.ts";

export const getInvariants = defineOperation({
  id: "get_invariants",
  method: "get",
  path: "/invariants",
  summary: "Whether every task is accounted for, and what leaks",
  description:
    "Reads counts that change with the tasks themselves, so it is cheap however many there are. Leaks are looked for by the " +
    "orchestrator's upkeep, a slice every few seconds; what it finds it mends, and counts here.",
  tag: "Operations",
  requires: "invariants:read",
  responses: { 200: { description: "The audit.", schema: invariants } },
});
