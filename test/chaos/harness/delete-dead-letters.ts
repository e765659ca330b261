/** Deletes every dead letter, as an operator who has read them: a letter and its task are kept until then. */
import type { DroverClient } from "@drover/client";
import { deleteDeadLetter, listDeadLetters } from "@drover/contracts";
import { insist, refusalOf } from "./insist.ts";

export async function deleteDeadLetters(client: DroverClient): Promise<number> {
  let deleted = 0;
  for (;;) {
    const page = await insist(() => client.call(listDeadLetters, { query: { limit: 200 } }));
    if (page.dead_letters.length === 0) return deleted;
    for (const { id } of page.dead_letters) {
      await refusalOf(() => client.call(deleteDeadLetter, { params: { dead_letter_id: id } }));
      deleted += 1;
    }
  }
}
