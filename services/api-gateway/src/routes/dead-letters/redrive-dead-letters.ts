import { deadLetterSearchKeys, parseSearch, redriveDeadLetters } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { visibleParts } from "../../visible-pages.ts";

export const redriveDeadLettersRoute = answering(redriveDeadLetters)(
  async (services, { body, principal }) => {
    const search = parseSearch(body.q, deadLetterSearchKeys);
    const total = { redriven: 0, task_ids: [] as string[], remaining: 0 };
    for (const part of visibleParts(principal, "dead_letter:update", search)) {
      const outcome = await services.deadLetters.redriveMatching(part.search, part.visible, principal.id);
      total.redriven += outcome.redriven;
      total.task_ids.push(...outcome.task_ids);
      total.remaining += outcome.remaining;
    }
    return { status: 202, body: total };
  },
);
