/** The registry: which agents exist, which live instances serve them, and what they can do. */
import { z } from "zod";
import { timestamp } from "./names.ts";

export const agentStatus = z.enum(["available", "degraded", "unavailable"]);
export type AgentStatus = z.infer<typeof agentStatus>;

export const agentInstance = z.object({
  id: z.string(),
  host: z.string(),
  concurrency: z.number().int(),
  active: z.number().int(),
  last_seen_at: timestamp,
  status: agentStatus,
  reason: z.string().nullable(),
  /** What this instance can do that another of the agent may not, e.g. `runtime:docker`. */
  capabilities: z.array(z.string()).default([]),
});
export type AgentInstance = z.infer<typeof agentInstance>;

export const registeredAgent = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  status: agentStatus,
  /** Why it is not available; null when it is. */
  reason: z.string().nullable(),
  supports: z.array(z.string()),
  actions: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      payload_schema: z.record(z.string(), z.unknown()),
    }),
  ),
  queue: z.string(),
  instances: z.array(agentInstance),
});
export type RegisteredAgent = z.infer<typeof registeredAgent>;

export const agentQueueCounts = z.object({
  waiting: z.number().int(),
  prioritized: z.number().int(),
  delayed: z.number().int(),
  active: z.number().int(),
  parked: z.number().int(),
  failed: z.number().int(),
  paused: z.boolean(),
  paused_by: z.string().nullable(),
  paused_at: timestamp.nullable(),
});

export const circuit = z.object({
  name: z.string(),
  state: z.enum(["closed", "open", "half_open"]),
  opened_at: timestamp.nullable(),
  /** When one worker tries again; null while it is closed. */
  until: timestamp.nullable(),
  /** What failed last; null when nothing has since the last success. */
  reason: z.string().nullable(),
  /** Different tasks that failed one after the other. */
  failures: z.number().int(),
});
export type Circuit = z.infer<typeof circuit>;

export const agentState = z.object({
  name: z.string(),
  status: agentStatus,
  reason: z.string().nullable(),
  queue: agentQueueCounts,
  circuits: z.array(circuit),
  throughput_per_minute: z.number(),
  oldest_waiting_seconds: z.number().nullable(),
});
export type AgentState = z.infer<typeof agentState>;
