/**
 * What a task remembers from one start to the next: its session, what it sent there, what it waits for a person to say, and
 * what a person has said. Kept by the ledger, so it holds whatever becomes of the worker and of the instance.
 */
import type { AgentContext, AgentTask } from "@drover/agent-kit";
import { z } from "zod";
import { agentAsk } from "../asks/agent-ask.ts";
import { cut } from "../asks/bounded-data.ts";

const verdict = z.object({
  /** The ask's. */
  digest: z.string(),
  always: z.boolean(),
  decision: z.object({ allowed: z.boolean(), comment: z.string().nullable() }),
});
export type Verdict = z.infer<typeof verdict>;

const checkpoint = z.object({
  session: z.string().nullable(),
  /** Ids of the messages that were sent to it, oldest first. */
  prompts: z.array(z.string()),
  /** What a person is asked, and until when, in milliseconds since the epoch. */
  pending: z.object({ ask: agentAsk, deadline_ms: z.number() }).nullable(),
  /** What was decided and not yet told to the agent as a reply, or, with `always`, counts whenever it is asked again. */
  verdicts: z.array(verdict),
});
export type Checkpoint = z.infer<typeof checkpoint>;

const nothing: Checkpoint = { session: null, prompts: [], pending: null, verdicts: [] };
/** A task that is interrupted for ever must not outgrow its row. */
const promptsMax = 64;
const verdictsMax = 32;
const commentLengthMax = 1_000;

export class TaskMemory {
  readonly #remember: AgentContext["remember"];
  #present: Checkpoint;

  constructor(task: AgentTask, context: AgentContext) {
    this.#remember = context.remember;
    // What another version wrote and this one can't read counts as nothing: the task then starts over.
    const known = checkpoint.safeParse(task.checkpoint);
    this.#present = known.success ? known.data : nothing;
  }

  get present(): Checkpoint {
    return this.#present;
  }

  /** @throws RetryableFailure `lock_lost` when another worker has the task */
  async change(fields: Partial<Checkpoint>): Promise<void> {
    const next = { ...this.#present, ...fields };
    const [first, ...later] = next.prompts;
    this.#present = {
      ...next,
      prompts: first === undefined ? [] : [first, ...later.slice(-promptsMax)],
      verdicts: next.verdicts.slice(-verdictsMax),
    };
    await this.#remember(this.#present);
  }

  /** Keeps what a person decided for when the agent asks the same again. */
  async keepVerdict({ digest, always, decision }: Verdict): Promise<void> {
    const { verdicts } = this.#present;
    const comment = decision.comment === null ? null : cut(decision.comment, commentLengthMax);
    const kept = { digest, always, decision: { ...decision, comment } };
    await this.change({
      pending: null,
      verdicts: [...verdicts.filter((old) => old.digest !== digest), kept],
    });
  }

  /** What a person has said to the same before; null: nothing. What counts once is used up by it. */
  async useVerdict(digest: string): Promise<Verdict["decision"] | null> {
    const { verdicts } = this.#present;
    const found = verdicts.find((kept) => kept.digest === digest);
    if (found === undefined) return null;
    if (!found.always) await this.change({ verdicts: verdicts.filter((kept) => kept !== found) });
    return found.decision;
  }
}
