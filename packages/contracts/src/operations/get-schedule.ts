import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { schedule } from "../schedule.ts";
import { organizationQuery } from "./get-template.ts";

/** What is no schedule's name names no schedule. */
export const scheduleParams = z.object({ schedule_name: z.string().max(128) });

export const getSchedule = defineOperation({
  id: "get_schedule",
  method: "get",
  path: `${basePath}/agentzero/schedules/{schedule_name}`,
  summary: "Read a schedule: when it runs next, and what became of the last firing",
  tag: "Schedules",
  requires: "schedule:read",
  params: scheduleParams,
  query: organizationQuery,
  responses: { 200: { description: "The schedule.", schema: schedule } },
});
