/** Queues as an operator and an autoscaler see them. */
import { z } from "zod";
import { timestamp } from "./names.ts";

/** Queues beside the one of each agent. */
export const systemQueues = {
  workflow: "workflow",
  deadLetter: "dead-letter",
  maintenance: "maintenance",
} as const;

export const queueCounts = z.object({
  name: z.string(),
  waiting: z.number().int(),
  prioritized: z.number().int(),
  delayed: z.number().int(),
  active: z.number().int(),
  waiting_children: z.number().int(),
  parked: z.number().int(),
  completed: z.number().int(),
  failed: z.number().int(),
  paused: z.boolean(),
  /** Who paused it, and when; null where it runs, or was not paused through the API. */
  paused_by: z.string().nullable(),
  paused_at: timestamp.nullable(),
});
export type QueueCounts = z.infer<typeof queueCounts>;

export const queueDemand = z.object({
  queue: z.string(),
  /** waiting + prioritized + due delayed + active: what replicas are needed for. */
  demand: z.number().int(),
  backlog: z.number().int(),
  active: z.number().int(),
});
export type QueueDemand = z.infer<typeof queueDemand>;
