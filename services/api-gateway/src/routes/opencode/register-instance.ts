import { authorize, organizationFor } from "@drover/access";
import { registerInstance } from "@drover/contracts";
import { requireServedRuntime } from "../../instances/require-served-runtime.ts";
import { answering } from "../../routing/route.ts";

export const registerInstanceRoute = answering(registerInstance)(async (services, call) => {
  const { body, principal } = call;
  const organizationId = organizationFor(principal, body.organization_id);
  authorize(principal, "instance:create", { organizationId, workspaceId: body.workspace_id });
  const version = await requireServedRuntime(body, services.addressRules, services.registry, call.signal);
  const instance = await services.instances.save(
    call.ids.make("instance", "instance"),
    { ...body, organization_id: organizationId },
    version,
  );
  return { status: 201, body: instance };
});
