/** How an agent's question reaches a person: as an approval, while nobody holds the task. */
import type { Approval } from "@drover/contracts";
import { RetryableFailure } from "@drover/errors";
import { Approvals, type Store, type TaskClaim } from "@drover/queue";
import type { AgentQuestion } from "./agent.ts";
import { Suspended } from "./suspended.ts";

/**
 * What was decided, or what counts since nobody has in time.
 * @throws Suspended when it is still open: the task waits from then on
 * @throws RetryableFailure `lock_lost` when another worker has the task
 */
export async function askPerson(store: Store, claim: TaskClaim, question: AgentQuestion): Promise<Approval> {
  const asked = await new Approvals(store).ask(claim, {
    ...question,
    approvers: null,
    defaultDecision: "deny",
    // An agent's keys tell its questions apart through all lives of the task.
    redo: 0,
  });
  switch (asked.kind) {
    case "closed":
      return asked.approval;
    case "waiting":
      throw new Suspended(asked.untilMs);
    case "stale":
      throw new RetryableFailure("lock_lost", "Another worker has the task.");
  }
}
