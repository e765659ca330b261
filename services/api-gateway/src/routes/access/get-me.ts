import { principalView } from "@drover/access";
import { getMe } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

export const getMeRoute = answering(getMe)(async (_services, { principal }) => ({
  status: 200,
  body: principalView(principal),
}));
