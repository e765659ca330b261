import { z } from "zod";
import { defineOperation } from "../define-operation.ts";

export const health = z.object({ status: z.enum(["ok", "unavailable"]), reasons: z.array(z.string()) });

export const getHealth = defineOperation({
  id: "get_health",
  method: "get",
  path: "/healthz",
  summary: "Whether the process is alive",
  tag: "Operations",
  requires: "public",
  responses: { 200: { description: "Alive.", schema: health } },
});
