/** What became of a question while its task waited: a decision to bring to the agent, or none in time. */
import type { AgentContext } from "@drover/agent-kit";
import { PermanentFailure } from "@drover/errors";
import { type AgentAsk, questionFor } from "../asks/agent-ask.ts";
import { type Decision, decisionOf } from "../asks/decision.ts";
import type { TaskMemory } from "./checkpoint.ts";

export interface Settled {
  readonly ask: AgentAsk;
  readonly decision: Decision;
  /** It counts for the whole task. */
  readonly always: boolean;
}

/**
 * What was decided about the question that the task's last start left; null: it left none.
 * @throws Suspended while it is open
 * @throws PermanentFailure `approval_expired` when nobody has answered in time
 */
export async function settledMeanwhile(memory: TaskMemory, context: AgentContext): Promise<Settled | null> {
  const { pending } = memory.present;
  if (pending === null) return null;
  const { ask } = pending;
  const approval = await context.ask(questionFor(ask, pending.deadline_ms));
  if (approval.status === "expired") throw await unanswered(memory, ask);
  return { ask, decision: decisionOf(approval), always: approval.remember === "task" };
}

/** Forgets the question, so that a task that is redriven asks anew; answers the failure to end with. */
export async function unanswered(memory: TaskMemory, ask: AgentAsk): Promise<PermanentFailure> {
  await memory.change({ pending: null });
  return new PermanentFailure("approval_expired", `Nobody answered in time. ${ask.message}`);
}
