/** The `diagnostics` agent: exercises the whole path without side effects, for operators, load and chaos tests. */
import { z } from "zod";
import type { AgentDescriptor } from "./agent-descriptor.ts";

export const failureModes = ["permanent", "retryable", "capacity", "hang", "block", "crash"] as const;

export const echoFields = z.strictObject({ value: z.unknown() });
export const sumFields = z.strictObject({ values: z.array(z.number()).max(100_000) });
export const sleepFields = z.strictObject({
  ms: z.number().min(0).max(86_400_000),
  value: z.unknown().optional(),
});
export const failFields = z.strictObject({
  class: z.enum(failureModes),
  /** For the first so many attempts; absent: always. */
  times: z.number().int().min(0).max(1000).optional(),
  value: z.unknown().optional(),
});

export const diagnostics = {
  name: "diagnostics",
  version: "1.0.0",
  description: "Exercises the path of a task without side effects.",
  supports: ["diagnostics"],
  actions: {
    echo: {
      description: "Answers the value.",
      payload: echoFields,
      // It never waits for company: what starts in the same moment is enough.
      batch: { maxSize: 100, maxWaitMs: 0 },
    },
    sum: {
      description: "Answers the sum of the values.",
      payload: sumFields,
      batch: { maxSize: 100, maxWaitMs: 0 },
    },
    sleep: { description: "Answers the value after a while; heeds abort.", payload: sleepFields },
    fail: {
      description: "Fails as told for the first attempts, then answers the value.",
      payload: failFields,
    },
  },
  workspace: "optional",
  defaults: { maxAttempts: 3, timeoutSeconds: 1800 },
  // It fails because it was told to, so it is soon tried again.
  circuit: { failures: 10, openMs: 1_000, openMsMax: 10_000, probeMs: 5_000 },
} as const satisfies AgentDescriptor;
