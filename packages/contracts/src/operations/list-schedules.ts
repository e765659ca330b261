import { basePath, defineOperation } from "../define-operation.ts";
import { listOf, listQuery } from "../list-query.ts";
import { schedule } from "../schedule.ts";

/** Keys of `q` when listing schedules. */
export const scheduleSearchKeys = ["name", "template", "organization"] as const;

export const listSchedules = defineOperation({
  id: "list_schedules",
  method: "get",
  path: `${basePath}/agentzero/schedules`,
  summary: "List schedules, newest first",
  description: `Terms of q: ${scheduleSearchKeys.join(", ")}.`,
  tag: "Schedules",
  requires: "schedule:read",
  query: listQuery,
  responses: { 200: { description: "Schedules.", schema: listOf("schedules", schedule) } },
});
