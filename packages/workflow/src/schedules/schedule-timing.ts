/** When a schedule fires: checked here as BullMQ, which does the firing, will read it. */
import type { ScheduleDefinition } from "@drover/contracts";
import type { Validation } from "@drover/errors";
import { CronExpressionParser } from "cron-parser";

const fieldsMin = 5;
const fieldsMax = 6;

/** Every fault of the times of a schedule. */
export function timingFaults({ cron, timezone = "UTC" }: ScheduleDefinition): Validation[] {
  if (cron === undefined) return [];
  if (!isTimezone(timezone)) {
    return [{ field: "timezone", detail: `"${timezone}" is not a time zone; one is Europe/Berlin` }];
  }
  const fields = cron.trim().split(/\s+/).length;
  if (!cron.startsWith("@") && (fields < fieldsMin || fields > fieldsMax)) {
    return [{ field: "cron", detail: `must have five fields, or six with seconds first; it has ${fields}` }];
  }
  try {
    CronExpressionParser.parse(cron, { tz: timezone }).next();
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : "it cannot be read";
    return [{ field: "cron", detail: `is not a cron expression that ever comes true: ${why}` }];
  }
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
