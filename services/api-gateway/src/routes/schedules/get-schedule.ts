import { getSchedule } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { findSchedule } from "./find-schedule.ts";

export const getScheduleRoute = answering(getSchedule)(async (services, { principal, ...request }) => ({
  status: 200,
  body: await findSchedule(services, principal, "schedule:read", request),
}));
