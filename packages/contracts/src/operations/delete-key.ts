import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";

export const deleteKey = defineOperation({
  id: "delete_key",
  method: "delete",
  path: `${basePath}/keys/{key_id}`,
  summary: "Revoke an API key at once",
  tag: "Access",
  requires: "key:delete",
  params: z.object({ key_id: z.string().max(128) }),
  responses: { 204: { description: "Revoked.", schema: undefined } },
});
