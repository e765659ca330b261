import { authorize, organizationFor } from "@drover/access";
import { registerInstance } from "@drover/contracts";
import { requireServedRuntime } from "../../instances/require-served-runtime.ts";
import { answering } from "../../routing/route.ts";

export const registerInstanceRoute = answering(registerInstance)(async (services, call) => {
  const { body, principal } = call;
  const organizationId = organizationFor(principal, body.organization_id);
  const scope = { organizationId, workspaceId: body.workspace_id };
  authorize(principal, "instance:create", scope);
  // What a repository brings runs with the rights of whoever serves it: that is more than having an instance.
  if (body.trusted === true) authorize(principal, "instance:trust", scope);
  const { instances, addressRules, registry } = services;
  const { keepsPasswords } = instances;
  const version = await requireServedRuntime(body, addressRules, registry, keepsPasswords, call.signal);
  const instance = await instances.save(
    call.ids.make("instance", "instance"),
    { ...body, organization_id: organizationId },
    version,
  );
  return { status: 201, body: instance };
});
