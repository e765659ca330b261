/** What is kept of a schedule, parsed as it leaves Redis, and the schedule as the API shows it. */
import { payload, type Schedule, scheduleDefinition } from "@drover/contracts";
import { json } from "@drover/queue";
import { z } from "zod";

const milliseconds = z.coerce.number().int();
const count = z.coerce.number().int().default(0);

const rowSchema = z.object({
  id: z.string(),
  spec: json(scheduleDefinition),
  created_by: z.string(),
  created_at: z.string(),
  updated_by: z.string(),
  updated_at: z.string(),
  /** The last run that it started, for which firing, and when. */
  run: z.string().optional(),
  run_for_ms: milliseconds.optional(),
  run_at: z.string().optional(),
  waiting_ms: milliseconds.optional(),
  fired: count,
  skipped: count,
  error: json(z.object({ at: z.string(), code: z.string(), message: z.string() })).optional(),
});
export type ScheduleRow = z.infer<typeof rowSchema>;

/** Null where there is no row. */
export function parseScheduleRow(fields: Record<string, string>): ScheduleRow | null {
  return fields["spec"] === undefined ? null : rowSchema.parse(fields);
}

export function isEnabled({ spec }: ScheduleRow): boolean {
  return spec.enabled !== false;
}

const time = (ms: number) => new Date(ms).toISOString();

/** @param nextMs when it fires next; null: never */
export function toSchedule(
  row: ScheduleRow,
  address: { readonly organizationId: string; readonly name: string },
  nextMs: number | null,
): Schedule {
  const { spec } = row;
  const { run, run_for_ms: runForMs, run_at: runAt } = row;
  return {
    id: row.id,
    name: address.name,
    organization_id: address.organizationId,
    cron: spec.cron ?? null,
    every_seconds: spec.every_seconds ?? null,
    timezone: spec.timezone ?? "UTC",
    template: spec.template ?? null,
    workflow: spec.workflow ?? null,
    inputs: payload.parse(spec.inputs ?? {}),
    overlap: spec.overlap ?? "skip",
    enabled: isEnabled(row),
    created_by: row.created_by,
    created_at: row.created_at,
    updated_by: row.updated_by,
    updated_at: row.updated_at,
    next_run_at: nextMs === null ? null : time(nextMs),
    last_run:
      run === undefined || runForMs === undefined || runAt === undefined
        ? null
        : { workflow_id: run, scheduled_for: time(runForMs), started_at: runAt },
    waiting_for: row.waiting_ms === undefined ? null : time(row.waiting_ms),
    fired_count: row.fired,
    skipped_count: row.skipped,
    last_error: row.error ?? null,
  };
}
