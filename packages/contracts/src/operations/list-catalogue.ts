import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { listOf } from "../list-query.ts";
import { catalogueEntry } from "../plugin-spec.ts";

export const listCatalogue = defineOperation({
  id: "list_catalogue",
  method: "get",
  path: `${basePath}/opencode/catalogue`,
  summary: "Search the signed catalogue of plugins",
  description: "Words must all be found in an entry; `kind:agent` and `tag:review` narrow. Best first.",
  tag: "OpenCode",
  requires: "instance:read",
  query: z.object({
    q: z.string().max(256).optional().describe("Words, and terms like kind:agent tag:review."),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  responses: { 200: { description: "Entries.", schema: listOf("entries", catalogueEntry) } },
  errors: ["catalogue_unavailable"],
});
