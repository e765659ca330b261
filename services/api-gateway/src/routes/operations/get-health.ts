import { getHealth } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

export const getHealthRoute = answering(getHealth)(async () => ({
  status: 200,
  body: { status: "ok", reasons: [] },
}));
