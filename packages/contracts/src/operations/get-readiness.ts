import { defineOperation } from "../define-operation.ts";
import { health } from "./get-health.ts";

export const getReadiness = defineOperation({
  id: "get_readiness",
  method: "get",
  path: "/readyz",
  summary: "Whether it can serve: Redis answers",
  tag: "Operations",
  requires: "public",
  responses: {
    200: { description: "Ready.", schema: health },
    503: { description: "Not ready, and why.", schema: health },
  },
});
