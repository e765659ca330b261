import { deadLetterSearchKeys, parseSearch, redriveDeadLetters } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { answering } from "../../routing/route.ts";
import type { Services } from "../../services.ts";
import { visibleParts } from "../../visible-pages.ts";
import { redriveLetter } from "./redrive-letter.ts";

const redriveMax = 1_000;

export const redriveDeadLettersRoute = answering(redriveDeadLetters)(
  async (services, { body, principal }) => {
    const search = parseSearch(body.q, deadLetterSearchKeys);
    const taskIds: string[] = [];
    let remaining = 0;
    for (const part of visibleParts(principal, "dead_letter:update", search)) {
      const request = { ...part, limit: redriveMax - taskIds.length, afterId: undefined };
      const { items, count } = await services.deadLetters.list(request);
      remaining += count;
      for (const letter of items) {
        if (!(await isRedriven(services, letter, principal.id))) continue;
        taskIds.push(letter.task_id);
        remaining -= 1;
      }
    }
    return { status: 202, body: { redriven: taskIds.length, task_ids: taskIds, remaining } };
  },
);

/** What moved on in the meantime, or cannot go on now, is left. */
async function isRedriven(
  services: Services,
  letter: Parameters<typeof redriveLetter>[1],
  by: string,
): Promise<boolean> {
  try {
    await redriveLetter(services, letter, by);
    return true;
  } catch (error) {
    if (error instanceof DroverError && (error.code === "conflict" || error.code === "not_found"))
      return false;
    throw error;
  }
}
