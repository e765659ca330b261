/**
 * A task's conversation with OpenCode, from wherever its last start left it to its end: prompts, what a person is asked in
 * between, and going on after whatever cut it off.
 *
 * Each thing is remembered before it is done. So a start that finds it remembered looks whether it was done, and nothing is
 * sent, asked or edited twice.
 */
import type { AgentContext } from "@drover/agent-kit";
import { RetryableFailure } from "@drover/errors";
import type { Session } from "@opencode-ai/sdk/v2";
import { type AgentAsk, questionFor } from "../asks/agent-ask.ts";
import { type Decision, decisionInWords, decisionOf, reply, soleAnswer } from "../asks/decision.ts";
import { PendingAsks } from "../asks/pending-asks.ts";
import type { Instance } from "../instance/instance-runtime.ts";
import type { PermissionClass } from "../instance/permissions.ts";
import { continuationPrompt } from "../prompts/continuation.ts";
import { untilAbort } from "../waiting/until-abort.ts";
import type { TaskMemory } from "./checkpoint.ts";
import { messageIdAfter } from "./message-id.ts";
import type { ModelChoice } from "./model-choice.ts";
import type { AnswerError } from "./model-failure.ts";
import type { SessionMessage } from "./outcome.ts";
import type { ProgressReporter } from "./progress-reporter.ts";
import { type Prompt, PromptRun } from "./prompt-run.ts";
import { isBusy, sessionMessages, stopSession } from "./session.ts";
import { type Settled, unanswered } from "./settled.ts";
import { messagesOf, standingOf } from "./standing.ts";

export interface ConversationParts {
  readonly instance: Instance;
  readonly session: Session;
  readonly memory: TaskMemory;
  readonly context: AgentContext;
  readonly reporter: ProgressReporter;
  /** Null: the instance's default. */
  readonly model: ModelChoice["chosen"];
  readonly agentMode: "build" | "plan";
  /** The classes of permissions that a person is asked for. */
  readonly asked: ReadonlySet<PermissionClass>;
  /** How long a person has for an answer. */
  readonly askMs: number;
  readonly signal: AbortSignal;
}

export interface ConversationEnd {
  /** Those of the task, in all its starts in this session; oldest first. */
  readonly messages: readonly SessionMessage[];
  /** The last error that OpenCode reported for the session. */
  readonly sessionError: AnswerError | null;
}

/** What to do next: send, follow what is under way, or nothing more. */
type Move = { readonly kind: "send"; readonly prompt: Prompt } | { readonly kind: "follow" | "done" };

export class Conversation {
  readonly #parts: ConversationParts;
  readonly #asks: PendingAsks;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    const { instance, session, asked, context } = parts;
    this.#asks = new PendingAsks({ instance, sessionId: session.id, asked, logger: context.logger });
  }

  /**
   * @param request the task's prompt, used where it has not been sent
   * @param settled what a person has decided since the last start; null: nothing was asked
   * @throws Suspended when a person is to be asked: the session is then left as it is
   * @throws PermanentFailure `approval_expired` when nobody has answered in time
   */
  async hold(request: string, settled: Settled | null): Promise<ConversationEnd> {
    const { instance, session, memory, signal } = this.#parts;
    let move = await untilAbort(this.#firstMove(request, settled), signal);
    let sessionError: AnswerError | null = null;
    while (move.kind !== "done") {
      const prompt = move.kind === "send" ? move.prompt : null;
      const end = await new PromptRun({
        ...this.#parts,
        sessionId: session.id,
        prompt,
        asks: this.#asks,
        logger: this.#parts.context.logger,
      }).execute();
      sessionError = end.sessionError;
      if (end.asked === null) break;
      await untilAbort(this.#answer(end.asked), signal);
      move = { kind: "follow" };
    }
    const all = await untilAbort(sessionMessages(instance, session.id), signal);
    return { messages: messagesOf(all, memory.present.prompts), sessionError };
  }

  /** Finds where the conversation stands, and brings in what a person has decided. */
  async #firstMove(request: string, settled: Settled | null): Promise<Move> {
    const { instance, session, memory, reporter } = this.#parts;
    let decided = settled;
    if (await isBusy(instance, session.id)) {
      reporter.markSeen(await sessionMessages(instance, session.id));
      if (settled !== null && (await reply(instance, settled.ask, settled.decision))) {
        await this.#settle(settled, true);
        return { kind: "follow" };
      }
      if (!(await stopSession(instance, session.id)))
        throw new RetryableFailure("instance_failed", "What is under way in the session does not stop.");
    }
    const all = await sessionMessages(instance, session.id);
    reporter.markSeen(all);
    const own = messagesOf(all, memory.present.prompts);
    const standing = standingOf(own);
    if (standing === "finished") decided = null;
    if (settled !== null) await this.#settle(settled, decided === null);
    if (standing === "finished") return { kind: "done" };
    const words = decided === null ? null : inWords(decided);
    const text =
      standing === "unsent"
        ? [request, ...(words === null ? [] : [words.words])].join("\n\n")
        : continuationPrompt(words);
    const messageId = messageIdAfter(all.at(-1)?.info.id ?? null, session.time.created);
    await memory.change({ prompts: [...memory.present.prompts, messageId] });
    return { kind: "send", prompt: { messageId, text } };
  }

  /** Asks a person, unless one has decided on the same before, and replies. */
  async #answer(ask: AgentAsk): Promise<void> {
    const { instance, memory, context, askMs } = this.#parts;
    const known = await memory.useVerdict(ask.digest);
    if (known !== null) {
      await reply(instance, ask, known);
      this.#asks.forget(ask.requestId);
      return;
    }
    const deadlineMs = Date.now() + askMs;
    await memory.change({ pending: { ask, deadline_ms: deadlineMs } });
    const approval = await context.ask(questionFor(ask, deadlineMs));
    if (approval.status === "expired") throw await unanswered(memory, ask);
    const settled = { ask, decision: decisionOf(approval), always: approval.remember === "task" };
    await reply(instance, ask, settled.decision);
    this.#asks.forget(ask.requestId);
    await this.#settle(settled, true);
  }

  /** @param replied the agent has its reply; else what was decided is kept for when it asks again */
  async #settle({ ask, decision, always }: Settled, replied: boolean): Promise<void> {
    const { memory } = this.#parts;
    if (replied && !always) await memory.change({ pending: null });
    else await memory.keepVerdict({ digest: ask.digest, always, decision });
  }
}

function inWords({ ask, decision }: { ask: AgentAsk; decision: Decision }) {
  return { words: decisionInWords(ask, decision), answer: soleAnswer(ask, decision) };
}
