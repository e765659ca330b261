/** The person who is asked: decides each approval as its words say, and leaves those that are to run out. */
import { setTimeout as sleep } from "node:timers/promises";
import type { DroverClient } from "@drover/client";
import { decideApproval, listApprovals } from "@drover/contracts";
import { approverWords } from "../program/control-plan.ts";
import { insist, refusalOf } from "./insist.ts";

const everyMs = 400;

/** Until `stop` aborts. @returns how many were decided */
export async function decideApprovals(client: DroverClient, stop: AbortSignal): Promise<number> {
  let decided = 0;
  while (!stop.aborted) {
    const page = await insist(() => client.call(listApprovals, { query: { limit: 200, q: "status:open" } }));
    for (const { id, message } of page.approvals) {
      if (message === approverWords.leave) continue;
      const decision = message === approverWords.deny ? "deny" : "allow";
      const params = { approval_id: id };
      // Refused where its task has ended in the meantime, or where an answer to a decision was lost.
      const refusal = await refusalOf(() => client.call(decideApproval, { params, body: { decision } }));
      if (refusal === undefined) decided += 1;
    }
    await sleep(everyMs);
  }
  return decided;
}
