import { basePath, defineOperation } from "../define-operation.ts";
import { instance, instanceRegistration } from "../instance.ts";

export const registerInstance = defineOperation({
  id: "register_instance",
  method: "post",
  path: `${basePath}/opencode/register`,
  summary: "Register the OpenCode instance of a workspace",
  description:
    "Replaces what the workspace had. A remote one is asked for its health first. To mark it as trusted, instance:trust is needed beside instance:create.",
  tag: "OpenCode",
  requires: "instance:create",
  body: instanceRegistration,
  idempotent: true,
  responses: { 201: { description: "Registered.", schema: instance } },
  errors: ["instance_unreachable", "address_not_allowed", "runtime_not_supported"],
});
