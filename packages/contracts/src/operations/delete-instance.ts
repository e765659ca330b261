import { basePath, defineOperation } from "../define-operation.ts";
import { instanceParams } from "./heartbeat-instance.ts";

export const deleteInstance = defineOperation({
  id: "delete_instance",
  method: "delete",
  path: `${basePath}/opencode/instances/{instance_id}`,
  summary: "Forget an instance",
  tag: "OpenCode",
  requires: "instance:delete",
  params: instanceParams,
  responses: { 204: { description: "Forgotten.", schema: undefined } },
});
