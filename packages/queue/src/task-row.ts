/** The ledger's row of a task, parsed as it leaves Redis, and the task as the API shows it. */
import {
  budgetPeriod,
  type Task,
  type TaskStatus,
  taskError,
  taskResult,
  taskStatus,
  type Usage,
  usage,
} from "@drover/contracts";
import { z } from "zod";
import { type TaskSpec, taskSpec, traceIdOf } from "./task-spec.ts";
import { waitsFor } from "./waits-for.ts";

/** A hash field that holds JSON. */
export function json<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue("is not JSON");
        return z.NEVER;
      }
    })
    .pipe(schema);
}

/** What a parked task waits for: `n` of `m` are taken, by `ref` where it is one. */
export const parkedFor = z.object({
  code: z.enum(["no_free_slot", "quota_exceeded", "budget_exceeded", "workflow_paused"]),
  ref: z.string(),
  n: z.number().optional(),
  m: z.number().optional(),
  /** Of a budget: what is used up, and in which period. */
  what: z.enum(["cost_usd", "tokens"]).optional(),
  period: budgetPeriod.optional(),
  /** Who paused its run, and when. */
  by: z.string().optional(),
  since: z.string().optional(),
});
export type ParkedFor = z.infer<typeof parkedFor>;

const toolCalls = z.record(z.string(), z.number());

const rowSchema = z.object({
  spec: json(taskSpec),
  status: taskStatus,
  attempt: z.coerce.number().int(),
  epoch: z.coerce.number().int(),
  until: z.string().optional(),
  /** Milliseconds since the epoch: when its time to start, and its time as a whole, is over. */
  start_by: z.string().optional(),
  end_by: z.string().optional(),
  cancel: z.string().optional(),
  /** What it waits for without a worker, or waited for last. */
  waits_for: json(waitsFor).optional(),
  cancelled_by: z.string().optional(),
  parked_for: json(parkedFor).optional(),
  /** Its priority in BullMQ: lane, and place within it. */
  priority: z.coerce.number().int().default(1),
  /** Set when it has ended and is to be done again when its turn comes. */
  redo: z.string().optional(),
  started_at: z.string().optional(),
  finished_at: z.string().optional(),
  error: json(taskError).optional(),
  /** What all its attempts have used, without tools. */
  usage: json(usage).optional(),
  tool_calls: json(toolCalls).optional(),
});
export type TaskRow = z.infer<typeof rowSchema>;

/** Made once: to make a parser costs more than to use it. */
const storedSpec = json(taskSpec);
const storedResult = json(taskResult);

/** Null where there is no row. */
export function parseTaskRow(fields: Record<string, string>): TaskRow | null {
  return fields["spec"] === undefined ? null : rowSchema.parse(fields);
}

export function parseSpec(text: unknown): TaskSpec {
  return storedSpec.parse(text);
}

/** Until when a task waits, in milliseconds since the epoch; null when it does not. */
export function waitsUntilMs(row: TaskRow): number | null {
  return row.until === undefined || row.until === "" ? null : Number(row.until);
}

/** What the row comes to now: a delay that is over leaves the task queued, and so does an end that is taken back. */
export function statusOf(row: TaskRow): TaskStatus {
  if (row.redo !== undefined) return "queued";
  return row.status === "delayed" && (waitsUntilMs(row) ?? 0) <= Date.now() ? "queued" : row.status;
}

/** What all attempts of a task have used; null: nothing was counted. */
function usageOfRow(row: Pick<TaskRow, "usage" | "tool_calls">): Usage | null {
  if (row.usage === undefined) return null;
  return { ...row.usage, ...(row.tool_calls === undefined ? {} : { tool_calls: row.tool_calls }) };
}

export function toTask(row: TaskRow, result: string | null): Task {
  const { traceparent, dead_letter: _, apart: __, ...spec } = row.spec;
  return {
    ...spec,
    status: statusOf(row),
    attempt: row.attempt,
    trace_id: traceIdOf(traceparent),
    started_at: row.started_at ?? null,
    finished_at: row.redo === undefined ? (row.finished_at ?? null) : null,
    result: result === null ? null : storedResult.parse(result),
    usage: usageOfRow(row),
    // What an attempt before the one that succeeded failed of is told by the events.
    error: row.redo === undefined && row.status !== "completed" ? (row.error ?? null) : null,
  };
}
