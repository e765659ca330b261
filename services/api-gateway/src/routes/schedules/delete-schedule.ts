import { deleteSchedule } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { answering } from "../../routing/route.ts";
import { findSchedule } from "./find-schedule.ts";

export const deleteScheduleRoute = answering(deleteSchedule)(async (services, { principal, ...request }) => {
  const schedule = await findSchedule(services, principal, "schedule:delete", request);
  const deleted = await services.schedules.delete(schedule.organization_id, schedule.name);
  if (!deleted) throw new DroverError("not_found");
  return { status: 204, body: undefined };
});
