/**
 * One prompt in one session, from sending it until the session is idle again.
 *
 * No single sign says that a prompt is over: `session.idle` is missing after some errors, and events get lost. So it is
 * over when the event comes, or when the server's list of busy sessions lacks it twice, or when the server has ended.
 */
import { setTimeout as delay } from "node:timers/promises";
import { RetryableFailure, type TaskFailure, toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import type { Event } from "@opencode-ai/sdk/v2";
import { askInstance } from "../instance/ask-instance.ts";
import type { Instance } from "../instance/instance-runtime.ts";
import { untilAbort } from "../waiting/until-abort.ts";
import { withinDeadline } from "../waiting/within-deadline.ts";
import { EventFeed } from "./event-feed.ts";
import type { ModelChoice } from "./model-choice.ts";
import { type AnswerError, retryFailure } from "./model-failure.ts";
import type { SessionMessage } from "./outcome.ts";
import type { ProgressReporter } from "./progress-reporter.ts";
import { rejectAsked } from "./reject-asked.ts";
import { sessionMessages } from "./session.ts";

export interface PromptRequest {
  readonly instance: Instance;
  readonly sessionId: string;
  readonly text: string;
  readonly model: ModelChoice["chosen"];
  readonly agentMode: "build" | "plan";
  readonly reporter: ProgressReporter;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

export interface PromptEnd {
  /** What the prompt added to the session, oldest first. */
  readonly messages: readonly SessionMessage[];
  readonly sessionError: AnswerError | null;
}

const pollPauseMs = 3_000;
/** Between the call and the first sign of work the list lacks the session, too. */
const idlePollsMax = 2;
/** A cancelled task ends within half a second; the server confirms far sooner, as a rule. */
const abortDeadlineMs = 300;

type End = { readonly failure: TaskFailure | null };

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
    const { instance, sessionId, signal, logger, reporter } = this.#request;
    const earlier = await untilAbort(sessionMessages(instance, sessionId), signal);
    const before = new Set(earlier.map(({ info }) => info.id));
    const follower = {
      onEvent: (event: Event) => this.#onEvent(event),
      onReconnect: () => void this.#catchUp(before).catch(() => undefined),
    };
    const feed = await untilAbort(
      EventFeed.open(instance, follower, logger),
      signal,
      (late) => void late[Symbol.asyncDispose](),
    );
    try {
      await untilAbort(this.#send(), signal);
      void this.#poll();
      void instance.exited.then((how) => this.#end({ failure: serverEnded(how) }));
      const { failure } = await untilAbort(this.#ended, signal);
      if (failure !== null) throw failure;
      return { messages: await this.#catchUp(before), sessionError: this.#sessionError };
    } catch (error) {
      await this.#abortSession();
      throw error;
    } finally {
      this.#stopped.abort();
      reporter.flush();
      await feed[Symbol.asyncDispose]();
    }
  }

  async #send(): Promise<void> {
    const { instance, sessionId, text, model, agentMode } = this.#request;
    await askInstance("take the prompt", (signal) =>
      instance.client.session.promptAsync(
        {
          sessionID: sessionId,
          parts: [{ type: "text", text }],
          ...(model === null ? {} : { model }),
          agent: agentMode,
        },
        { signal },
      ),
    );
  }

  #onEvent(event: Event): void {
    const { sessionId, reporter, instance, logger } = this.#request;
    reporter.handle(event);
    if (event.type === "permission.asked" || event.type === "question.asked")
      void rejectAsked(instance, logger);
    if (event.type === "session.error" && event.properties.sessionID === sessionId)
      this.#sessionError = event.properties.error ?? this.#sessionError;
    if (event.type === "session.idle" && event.properties.sessionID === sessionId)
      this.#end({ failure: null });
    if (event.type === "session.status" && event.properties.sessionID === sessionId) {
      const { status } = event.properties;
      this.#busySeen ||= status.type !== "idle";
      if (status.type === "retry") this.#considerRetry(status);
    }
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
      await this.#check().catch((error: unknown) => {
        this.#request.logger.debug({ err: toError(error) }, "a look at the session failed");
      });
    }
  }

  async #check(): Promise<void> {
    const { instance, sessionId, logger } = this.#request;
    const statuses = await askInstance("list its sessions", (signal) =>
      instance.client.session.status({}, { signal }),
    );
    const status = statuses[sessionId];
    if (status === undefined || status.type === "idle") {
      this.#idlePolls += 1;
      if (this.#busySeen || this.#idlePolls >= idlePollsMax) this.#end({ failure: null });
      return;
    }
    this.#busySeen = true;
    this.#idlePolls = 0;
    if (status.type === "retry") this.#considerRetry(status);
    await rejectAsked(instance, logger);
  }

  /** Reads what events may have failed to tell. */
  async #catchUp(before: ReadonlySet<string>): Promise<readonly SessionMessage[]> {
    const { instance, sessionId, reporter } = this.#request;
    const messages = (await sessionMessages(instance, sessionId)).filter(({ info }) => !before.has(info.id));
    for (const { info, parts } of messages) {
      if (info.role === "assistant") reporter.noteAnswer(info.id);
      for (const part of parts) reporter.handlePart(part);
    }
    return messages;
  }

  /** Reaches the server at once; whether the session comes to rest is seen to by whoever holds the instance. */
  async #abortSession(): Promise<void> {
    const { instance, sessionId } = this.#request;
    if (!instance.alive) return;
    const { session } = instance.client;
    const asked = withinDeadline(abortDeadlineMs * 10, (signal) =>
      session.abort({ sessionID: sessionId }, { signal }),
    );
    await Promise.race([asked.catch(() => undefined), delay(abortDeadlineMs)]);
  }
}

function serverEnded(how: string): RetryableFailure {
  return new RetryableFailure("instance_failed", `The OpenCode instance ended while it worked: ${how}.`);
}
