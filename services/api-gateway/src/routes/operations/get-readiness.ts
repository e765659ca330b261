import { getReadiness } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

export const getReadinessRoute = answering(getReadiness)(async (services) => {
  const reasons = await services.readiness.reasons();
  return reasons.length === 0
    ? { status: 200, body: { status: "ok", reasons } }
    : { status: 503, body: { status: "unavailable", reasons }, headers: { "Retry-After": "1" } };
});
