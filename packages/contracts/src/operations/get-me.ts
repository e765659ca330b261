import { principal } from "../access.ts";
import { basePath, defineOperation } from "../define-operation.ts";

export const getMe = defineOperation({
  id: "get_me",
  method: "get",
  path: `${basePath}/me`,
  summary: "Who is calling, and what they may do",
  tag: "Access",
  requires: "authenticated",
  responses: { 200: { description: "The principal.", schema: principal } },
});
