import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { instance } from "../instance.ts";

export const instanceParams = z.object({ instance_id: z.string().max(128) });

export const heartbeatInstance = defineOperation({
  id: "heartbeat_instance",
  method: "post",
  path: `${basePath}/opencode/instances/{instance_id}/heartbeat`,
  summary: "Say that an instance is alive",
  tag: "OpenCode",
  requires: "instance:update",
  params: instanceParams,
  responses: { 200: { description: "The instance.", schema: instance } },
});
