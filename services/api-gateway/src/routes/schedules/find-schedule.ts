/** The schedule of a request, if its caller may do what it asks for. Schedules are an organization's: workspaces have none. */
import { authorizeResource, isAllowed, organizationFor, type Principal } from "@drover/access";
import { type Permission, type Schedule, scheduleName } from "@drover/contracts";
import type { Services } from "../../services.ts";

export interface ScheduleRequest {
  readonly params: { readonly schedule_name: string };
  readonly query: { readonly organization_id?: string | undefined };
}

/** @throws DroverError not_found, forbidden */
export async function findSchedule(
  services: Services,
  principal: Principal,
  permission: Permission,
  { params, query }: ScheduleRequest,
): Promise<Schedule> {
  const organizationId = organizationFor(principal, query.organization_id);
  const readable =
    isAllowed(principal, "schedule:read", { organizationId }) &&
    scheduleName.safeParse(params.schedule_name).success;
  const found = readable ? await services.schedules.find(organizationId, params.schedule_name) : null;
  return authorizeResource(principal, permission, found, () => ({ organizationId }));
}
