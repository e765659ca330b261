import { deadLetterSearchKeys, listDeadLetters, parseSearch } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { mergedPage, visibleParts } from "../../visible-pages.ts";

export const listDeadLettersRoute = answering(listDeadLetters)(async (services, { query, principal }) => {
  const search = parseSearch(query.q, deadLetterSearchKeys);
  const parts = visibleParts(principal, "dead_letter:read", search);
  const page = await mergedPage(parts, query, (request) => services.deadLetters.list(request));
  return { status: 200, body: { dead_letters: page.items, count: page.count } };
});
