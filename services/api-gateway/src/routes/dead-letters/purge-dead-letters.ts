import { deadLetterSearchKeys, parseSearch, purgeDeadLetters } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { visibleParts } from "../../visible-pages.ts";

export const purgeDeadLettersRoute = answering(purgeDeadLetters)(async (services, { body, principal }) => {
  const search = parseSearch(body.q, deadLetterSearchKeys);
  const total = { purged: 0, remaining: 0 };
  for (const part of visibleParts(principal, "dead_letter:update", search)) {
    const outcome = await services.deadLetters.purgeMatching(part.search, part.visible);
    total.purged += outcome.purged;
    total.remaining += outcome.remaining;
  }
  return { status: 200, body: total };
});
