import { authorize, authorizeResource, organizationFor } from "@drover/access";
import { putSchedule } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { scheduleFaults } from "@drover/workflow";
import { answering } from "../../routing/route.ts";
import { agentFaults } from "../../submission/check-templates.ts";

export const putScheduleRoute = answering(putSchedule)(async (services, { params, body, principal }) => {
  const { organization_id: named, ...spec } = body;
  const organizationId = organizationFor(principal, named);
  const scope = { organizationId };
  authorizeResource(principal, "schedule:update", scope, () => scope);
  // Its runs act wherever the workflow says, so whoever makes it must be allowed that all over the organization.
  authorize(principal, "workflow:create", scope);
  const validations = [
    ...scheduleFaults(spec),
    ...(spec.workflow === undefined ? [] : await agentFaults(services, spec.workflow, "workflow")),
  ];
  if (validations.length > 0) throw new DroverError("validation_failed", { validations });
  if (spec.template !== undefined)
    await services.templates.instantiate(organizationId, spec.template, spec.inputs ?? {});
  const schedule = await services.schedules.put(organizationId, params.schedule_name, principal.id, spec);
  return { status: 200, body: schedule };
});
