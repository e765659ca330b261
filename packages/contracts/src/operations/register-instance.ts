import { basePath, defineOperation } from "../define-operation.ts";
import { instance, instanceRegistration } from "../instance.ts";

export const registerInstance = defineOperation({
  id: "register_instance",
  method: "post",
  path: `${basePath}/opencode/register`,
  summary: "Register the OpenCode instance of a workspace",
  tag: "OpenCode",
  requires: "instance:create",
  body: instanceRegistration,
  idempotent: true,
  responses: { 201: { description: "Registered.", schema: instance } },
  errors: ["instance_unreachable", "address_not_allowed", "runtime_not_supported"],
});
