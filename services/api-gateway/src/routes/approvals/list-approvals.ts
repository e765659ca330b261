import { approvalSearchKeys, listApprovals, parseSearch } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { mergedPage, visibleParts } from "../../visible-pages.ts";

export const listApprovalsRoute = answering(listApprovals)(async (services, { query, principal }) => {
  const search = parseSearch(query.q, approvalSearchKeys);
  const parts = visibleParts(principal, "approval:read", search);
  const page = await mergedPage(parts, query, (request) => services.approvals.list(request));
  return { status: 200, body: { approvals: page.items, count: page.count } };
});
