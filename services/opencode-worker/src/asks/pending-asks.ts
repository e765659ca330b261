/**
 * What is being asked in an instance: found, told apart, and refused where it is nobody's business to answer it.
 *
 * Events get lost, so the lists of the server are what counts.
 */
import { PermanentFailure, toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import type { PermissionRequest, QuestionRequest } from "@opencode-ai/sdk/v2";
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
/** A sub-agent of a sub-agent, and so on. */
const depthMax = 16;

export class PendingAsks {
  readonly #options: PendingAsksOptions;
  /** Whether a session belongs to the task, as far as it is known. */
  readonly #own = new Map<string, boolean>();

  constructor(options: PendingAsksOptions) {
    this.#options = options;
    this.#own.set(options.sessionId, true);
  }

  /**
   * The oldest that a person is to be asked for; null: there is none. What else is asked is refused, but for what other
   * people's sessions ask in a server of theirs.
   * @throws RetryableFailure `instance_failed` when the server does not answer
   */
  async next(): Promise<AgentAsk | null> {
    const { instance, asked } = this.#options;
    const { permission, question } = instance.client;
    const redact = (text: string) => instance.redact(text);
    const [permissions, questions] = await Promise.all([
      askInstance("list what it asks", (signal) => permission.list({}, { signal })),
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
