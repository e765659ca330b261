/**
 * What is being asked in an instance: found, told apart, and refused where it is nobody's business to answer it.
 *
 * Events get lost, so the lists of the server are what counts. But OpenCode 1.18 refuses to list a request that holds an
 * undefined value (as of `webfetch` without a timeout), and all others with it; then what events have told has to do.
 */
import { PermanentFailure, toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import type { Event, PermissionRequest, QuestionRequest } from "@opencode-ai/sdk/v2";
import { askInstance } from "../instance/ask-instance.ts";
import type { Instance } from "../instance/instance-runtime.ts";
import { type AgentAsk, permissionAsk, questionAsk } from "./agent-ask.ts";

export interface PendingAsksOptions {
  readonly instance: Instance;
  /** The session of the task. */
  readonly sessionId: string;
  /** The classes of permissions that a person is asked for. */
  readonly asked: ReadonlySet<string>;
  readonly logger: Logger;
}

const refusal = "This is not allowed here, and nobody can be asked. Find a way without it.";
/** As many looks that the server refuses, one every few seconds, are no accident. */
const refusalsMax = 5;
/** A sub-agent of a sub-agent, and so on. */
const depthMax = 16;

export class PendingAsks {
  readonly #options: PendingAsksOptions;
  /** Whether a session belongs to the task, as far as it is known. */
  readonly #own = new Map<string, boolean>();
  /** What events have told and nobody has answered, by its id. */
  readonly #told = new Map<string, PermissionRequest>();
  #refusals = 0;

  constructor(options: PendingAsksOptions) {
    this.#options = options;
    this.#own.set(options.sessionId, true);
  }

  /** Takes notice of what events tell of requests. */
  note(event: Event): void {
    if (event.type === "permission.asked") this.#told.set(event.properties.id, event.properties);
    if (event.type === "permission.replied") this.#told.delete(event.properties.requestID);
  }

  /** It has its answer, or is gone. */
  forget(requestId: string): void {
    this.#told.delete(requestId);
  }

  /** Something is asked that the server has not told and will not list: nobody can answer it. */
  get unreadable(): boolean {
    return this.#refusals >= refusalsMax;
  }

  /**
   * The oldest that a person is to be asked for; null: there is none. What else is asked is refused, but for what other
   * people's sessions ask in a server of theirs.
   * @throws RetryableFailure `instance_failed` when the server does not answer
   */
  async next(): Promise<AgentAsk | null> {
    const { instance, asked } = this.#options;
    const { question } = instance.client;
    const redact = (text: string) => instance.redact(text);
    const [permissions, questions] = await Promise.all([
      this.#permissions(),
      askInstance("list its questions", (signal) => question.list({}, { signal })),
    ]);
    const found: AgentAsk[] = [];
    for (const request of permissions) {
      const own = await this.#isOwn(request.sessionID);
      if (own && asked.has(request.permission)) found.push(permissionAsk(request, redact));
      else if (own || this.#isServerOwn) await this.#refusePermission(request);
    }
    for (const request of questions) {
      const own = await this.#isOwn(request.sessionID);
      if (own && asked.has("question")) found.push(questionAsk(request, redact));
      else if (own || this.#isServerOwn) await this.#refuseQuestion(request);
    }
    return found[0] ?? null;
  }

  async #permissions(): Promise<readonly PermissionRequest[]> {
    const { permission } = this.#options.instance.client;
    try {
      const listed = await askInstance("list what it asks", (signal) => permission.list({}, { signal }));
      this.#refusals = 0;
      return listed;
    } catch (error) {
      if (!(error instanceof PermanentFailure)) throw error;
      this.#refusals = this.#told.size > 0 ? 0 : this.#refusals + 1;
      return [...this.#told.values()];
    }
  }

  /** A server that was registered may have somebody sitting in front of it. */
  get #isServerOwn(): boolean {
    return this.#options.instance.spec.registration?.runtime !== "remote";
  }

  async #isOwn(sessionId: string): Promise<boolean> {
    const { session } = this.#options.instance.client;
    let id: string | undefined = sessionId;
    for (let depth = 0; id !== undefined && depth < depthMax; depth += 1) {
      const known = this.#own.get(id);
      if (known !== undefined) {
        this.#own.set(sessionId, known);
        return known;
      }
      const sessionID: string = id;
      const found = await askInstance("find the session", (signal) =>
        session.get({ sessionID }, { signal }),
      ).catch((error: unknown) => {
        if (error instanceof PermanentFailure) return undefined;
        throw error;
      });
      id = found?.parentID;
    }
    this.#own.set(sessionId, false);
    return false;
  }

  async #refusePermission({ id, permission }: PermissionRequest): Promise<void> {
    const { instance, logger } = this.#options;
    logger.warn({ permission }, "the agent asked for a permission; it was refused");
    await askInstance("take a refusal", (signal) =>
      instance.client.permission.reply({ requestID: id, reply: "reject", message: refusal }, { signal }),
    ).catch((error: unknown) => this.#missed(error));
  }

  async #refuseQuestion({ id }: QuestionRequest): Promise<void> {
    const { instance, logger } = this.#options;
    logger.warn("the agent asked a question; it was refused");
    await askInstance("take a refusal", (signal) =>
      instance.client.question.reject({ requestID: id }, { signal }),
    ).catch((error: unknown) => this.#missed(error));
  }

  #missed(error: unknown): void {
    this.#options.logger.debug({ err: toError(error) }, "what the agent asked could not be refused");
  }
}
