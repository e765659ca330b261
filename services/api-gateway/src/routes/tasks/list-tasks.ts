import { listTasks, parseSearch, taskSearchKeys } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { mergedPage, visibleParts } from "../../visible-pages.ts";

export const listTasksRoute = answering(listTasks)(async (services, { query, principal }) => {
  const search = parseSearch(query.q, taskSearchKeys);
  const parts = visibleParts(principal, "task:read", search);
  const page = await mergedPage(parts, query, (request) => services.tasks.list(request));
  return { status: 200, body: { tasks: page.items, count: page.count } };
});
