import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { listOf } from "../list-query.ts";
import { catalogueEntry } from "../plugin-spec.ts";

export const catalogueSearchKeys = ["kind", "tag", "text"] as const;

export const listCatalogue = defineOperation({
  id: "list_catalogue",
  method: "get",
  path: `${basePath}/opencode/catalogue`,
  summary: "Search the signed catalogue of plugins",
  description: "Every word of `text` must be found in an entry; those whose name fits come first.",
  tag: "OpenCode",
  requires: "instance:read",
  query: z.object({
    q: z.string().max(2048).optional().describe('Terms like kind:agent tag:review text:"security holes".'),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  responses: { 200: { description: "Entries.", schema: listOf("entries", catalogueEntry) } },
  errors: ["catalogue_unavailable"],
});
