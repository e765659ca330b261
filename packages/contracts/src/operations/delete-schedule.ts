import { basePath, defineOperation } from "../define-operation.ts";
import { scheduleParams } from "./get-schedule.ts";
import { organizationQuery } from "./get-template.ts";

export const deleteSchedule = defineOperation({
  id: "delete_schedule",
  method: "delete",
  path: `${basePath}/agentzero/schedules/{schedule_name}`,
  summary: "Delete a schedule; a run that it started goes on",
  tag: "Schedules",
  requires: "schedule:delete",
  params: scheduleParams,
  query: organizationQuery,
  responses: { 204: { description: "Deleted.", schema: undefined } },
});
