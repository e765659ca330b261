import { authorize } from "@drover/access";
import { getInvariants } from "@drover/contracts";
import { checkInvariants } from "@drover/queue";
import { answering } from "../../routing/route.ts";

/** The audit counts the work of every organization, so it is the site's. */
export const getInvariantsRoute = answering(getInvariants)(async (services, { principal }) => {
  authorize(principal, "invariants:read", {});
  return { status: 200, body: await checkInvariants(services.store) };
});
