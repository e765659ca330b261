import { z } from "zod";
import { basePath, defineOperation, largeBodyBytesMax } from "../define-operation.ts";
import { schedule, scheduleDefinition, scheduleName } from "../schedule.ts";

export const putSchedule = defineOperation({
  id: "put_schedule",
  method: "put",
  path: `${basePath}/agentzero/schedules/{schedule_name}`,
  summary: "Create or replace a schedule",
  tag: "Schedules",
  requires: "schedule:update",
  params: z.object({ schedule_name: scheduleName }),
  body: scheduleDefinition,
  bodyBytesMax: largeBodyBytesMax,
  responses: { 200: { description: "The schedule.", schema: schedule } },
  errors: ["conflict", "not_found"],
});
