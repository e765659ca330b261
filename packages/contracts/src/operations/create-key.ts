import { apiKeyCreation, createdApiKey } from "../access.ts";
import { basePath, defineOperation } from "../define-operation.ts";

export const createKey = defineOperation({
  id: "create_key",
  method: "post",
  path: `${basePath}/keys`,
  summary: "Create an API key; it is shown this once",
  tag: "Access",
  requires: "key:create",
  body: apiKeyCreation,
  idempotent: true,
  responses: { 201: { description: "The key.", schema: createdApiKey } },
});
