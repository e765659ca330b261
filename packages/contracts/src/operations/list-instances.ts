import { basePath, defineOperation } from "../define-operation.ts";
import { instance } from "../instance.ts";
import { listOf, listQuery } from "../list-query.ts";

/** Keys of `q` when listing instances. */
export const instanceSearchKeys = ["workspace", "runtime", "status", "organization"] as const;

export const listInstances = defineOperation({
  id: "list_instances",
  method: "get",
  path: `${basePath}/opencode/instances`,
  summary: "List registered instances, newest first",
  description: `Terms of q: ${instanceSearchKeys.join(", ")}.`,
  tag: "OpenCode",
  requires: "instance:read",
  query: listQuery,
  responses: { 200: { description: "Instances.", schema: listOf("instances", instance) } },
});
