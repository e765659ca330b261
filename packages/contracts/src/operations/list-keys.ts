import { apiKey } from "../access.ts";
import { basePath, defineOperation } from "../define-operation.ts";
import { listOf, listQuery } from "../list-query.ts";

export const listKeys = defineOperation({
  id: "list_keys",
  method: "get",
  path: `${basePath}/keys`,
  summary: "List API keys, newest first, without their secrets",
  tag: "Access",
  requires: "key:read",
  query: listQuery,
  responses: { 200: { description: "Keys.", schema: listOf("keys", apiKey) } },
});
