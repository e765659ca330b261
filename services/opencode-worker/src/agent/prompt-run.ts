/**
 * One stretch of a session's work: from sending a prompt, or from where it stands, until the session is idle again or asks
 * something of a person.
 *
 * No single sign says that a prompt is over: `session.idle` is missing after some errors, and events get lost. So it is
 * over when the event comes, or when the server's list of busy sessions lacks it twice, or when the server has ended.
 */
import { setTimeout as delay } from "node:timers/promises";
import { PermanentFailure, RetryableFailure, type TaskFailure, toError, toFailure } from "@drover/errors";
import type { Logger } from "@drover/observability";
import type { Event } from "@opencode-ai/sdk/v2";
import type { AgentAsk } from "../asks/agent-ask.ts";
import type { PendingAsks } from "../asks/pending-asks.ts";
import { askInstance } from "../instance/ask-instance.ts";
import type { Instance } from "../instance/instance-runtime.ts";
import { untilAbort } from "../waiting/until-abort.ts";
import { EventFeed } from "./event-feed.ts";
import type { ModelChoice } from "./model-choice.ts";
import { type AnswerError, retryFailure } from "./model-failure.ts";
import type { SessionMessage } from "./outcome.ts";
import type { ProgressReporter } from "./progress-reporter.ts";
import { sessionMessages } from "./session.ts";

export interface Prompt {
  /** Its id in the session: a message of this id is sent once and never again. */
  readonly messageId: string;
  readonly text: string;
}

export interface PromptRequest {
  readonly instance: Instance;
  readonly sessionId: string;
  /** What to send first; null: the session is at work, and only followed. */
  readonly prompt: Prompt | null;
  /** Null: the instance's default. */
  readonly model: ModelChoice["chosen"];
  readonly agentMode: "build" | "plan";
  /** Has been told of what was there before. */
  readonly reporter: ProgressReporter;
  readonly asks: PendingAsks;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

export interface PromptEnd {
  /** All of the session, oldest first. */
  readonly messages: readonly SessionMessage[];
  readonly sessionError: AnswerError | null;
  /** What a person is to be asked; null: the session rests. */
  readonly asked: AgentAsk | null;
}

const pollPauseMs = 3_000;
/** Between the call and the first sign of work the list lacks the session, too. */
const idlePollsMax = 2;

type End = { readonly failure: TaskFailure } | { readonly asked: AgentAsk | null };

export class PromptRun {
  readonly #request: PromptRequest;
  readonly #stopped = new AbortController();
  readonly #ended: Promise<End>;
  #end: (end: End) => void = () => {};
  #sessionError: AnswerError | null = null;
  #busySeen = false;
  #idlePolls = 0;

  constructor(request: PromptRequest) {
    this.#request = request;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** @throws TaskFailure when it was aborted, when the server ended, or when the model is not worth waiting for */
  async execute(): Promise<PromptEnd> {
    const { instance, prompt, signal, logger, reporter } = this.#request;
    const follower = {
      onEvent: (event: Event) => this.#onEvent(event),
      onReconnect: () => void this.#catchUp().catch(() => undefined),
    };
    const feed = await untilAbort(
      EventFeed.open(instance, follower, logger),
      signal,
      (late) => void late[Symbol.asyncDispose](),
    );
    try {
      if (prompt === null) await untilAbort(this.#join(), signal);
      else await untilAbort(this.#send(prompt), signal);
      void this.#poll();
      void instance.exited.then((how) => this.#end({ failure: serverEnded(how) }));
      const end = await untilAbort(this.#ended, signal);
      if ("failure" in end) throw end.failure;
      const messages = await untilAbort(this.#catchUp(), signal);
      return { messages, sessionError: this.#sessionError, asked: end.asked };
    } finally {
      this.#stopped.abort();
      reporter.flush();
      await feed[Symbol.asyncDispose]();
    }
  }

  async #send({ messageId, text }: Prompt): Promise<void> {
    const { instance, sessionId, model, agentMode } = this.#request;
    await askInstance("take the prompt", (signal) =>
      instance.client.session.promptAsync(
        {
          sessionID: sessionId,
          messageID: messageId,
          parts: [{ type: "text", text }],
          ...(model === null ? {} : { model }),
          agent: agentMode,
        },
        { signal },
      ),
    );
  }

  /** What happened before the events were followed is read. */
  async #join(): Promise<void> {
    this.#busySeen = true;
    await this.#catchUp();
    await this.#check();
  }

  #onEvent(event: Event): void {
    const { sessionId, reporter, asks } = this.#request;
    reporter.handle(event);
    asks.note(event);
    if (event.type === "permission.asked" || event.type === "question.asked")
      this.#lookForAsks().catch((error: unknown) => this.#missed(error));
    if (event.type === "session.error" && event.properties.sessionID === sessionId)
      this.#sessionError = event.properties.error ?? this.#sessionError;
    if (event.type === "session.idle" && event.properties.sessionID === sessionId) this.#end({ asked: null });
    if (event.type === "session.status" && event.properties.sessionID === sessionId) {
      const { status } = event.properties;
      this.#busySeen ||= status.type !== "idle";
      if (status.type === "retry") this.#considerRetry(status);
    }
  }

  async #lookForAsks(): Promise<void> {
    const { asks } = this.#request;
    const asked = await asks.next();
    if (asked !== null) this.#end({ asked });
    if (asks.unreadable) this.#end({ failure: unreadableAsk() });
  }

  /** The next look may go better, unless the fault is ours: then the task must not wait for ever. */
  #missed(error: unknown): void {
    if (!(error instanceof RetryableFailure) && !(error instanceof PermanentFailure))
      this.#end({ failure: toFailure(error) });
    this.#request.logger.debug({ err: toError(error) }, "a look at the session failed");
  }

  #considerRetry(status: Parameters<typeof retryFailure>[0]): void {
    const failure = retryFailure(status, this.#request.instance.modelFault(), Date.now());
    if (failure !== null) this.#end({ failure });
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await delay(pollPauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.#check().catch((error: unknown) => this.#missed(error));
    }
  }

  async #check(): Promise<void> {
    const { instance, sessionId } = this.#request;
    const statuses = await askInstance("list its sessions", (signal) =>
      instance.client.session.status({}, { signal }),
    );
    const status = statuses[sessionId];
    if (status === undefined || status.type === "idle") {
      this.#idlePolls += 1;
      if (this.#busySeen || this.#idlePolls >= idlePollsMax) this.#end({ asked: null });
      return;
    }
    this.#busySeen = true;
    this.#idlePolls = 0;
    if (status.type === "retry") this.#considerRetry(status);
    await this.#lookForAsks();
  }

  /** Reads what events may have failed to tell. */
  async #catchUp(): Promise<readonly SessionMessage[]> {
    const { instance, sessionId, reporter } = this.#request;
    const messages = await sessionMessages(instance, sessionId);
    for (const { info, parts } of messages) {
      if (info.role === "assistant") reporter.noteAnswer(info.id);
      for (const part of parts) reporter.handlePart(part);
    }
    return messages;
  }
}

function unreadableAsk(): RetryableFailure {
  return new RetryableFailure("instance_failed", "OpenCode asks for something that it does not show.");
}

function serverEnded(how: string): RetryableFailure {
  return new RetryableFailure("instance_failed", `The OpenCode instance ended while it worked: ${how}.`);
}
