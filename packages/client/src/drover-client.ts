/** The typed client: every operation of the contract, and the few things that one does all the time. */
import { randomUUID } from "node:crypto";
import {
  type Event,
  executeTask,
  getTask,
  getWorkflow,
  isFinal,
  type Operation,
  streamTaskEvents,
  streamWorkflowEvents,
  submitWorkflow,
  type Task,
  type TaskSubmission,
  type Workflow,
  type WorkflowSubmission,
} from "@drover/contracts";
import { apiErrorOf, DroverApiError, DroverUnreachable, parseJson, WaitTimeout } from "./api-error.ts";
import type { Answer, CallArguments, CallOptions, LooseInput } from "./call-types.ts";
import { type EventsOptions, followEvents } from "./event-stream.ts";
import { requestUrl } from "./request-url.ts";
import { isRepeatable, pause, pauseMs, triesMax } from "./retry.ts";

export interface ClientOptions {
  /** Where the gateway is, e.g. `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  /** A Drover key or another credential that the gateway takes. */
  readonly key: string;
  /** For one call with all its tries, in milliseconds. Default: 30,000. */
  readonly deadlineMs?: number;
}

export interface WaitOptions {
  /** How long to wait for the end, in milliseconds. Default: 600,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const defaultDeadlineMs = 30_000;
const defaultWaitMs = 600_000;
/** One long poll, in seconds; the API allows 60. */
const pollSeconds = 20;
const pollGraceMs = 15_000;

export class DroverClient {
  readonly baseUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #deadlineMs: number;

  constructor(options: ClientOptions) {
    this.baseUrl = options.baseUrl;
    this.#headers = { authorization: `Bearer ${options.key}` };
    this.#deadlineMs = options.deadlineMs ?? defaultDeadlineMs;
  }

  /**
   * Calls an operation and answers the body of its success, checked against the contract. Tries again, with jitter and
   * as `Retry-After` says, only what may be done twice.
   * @throws DroverApiError, DroverUnreachable, or the reason of an aborted `signal`
   */
  call<Op extends Operation>(operation: Op, ...input: CallArguments<Op>): Promise<Answer<Op>>;
  async call(operation: Operation, input: LooseInput = {}): Promise<unknown> {
    const expiry = AbortSignal.timeout(input.deadlineMs ?? this.#deadlineMs);
    const signal = input.signal === undefined ? expiry : AbortSignal.any([input.signal, expiry]);
    const repeatable = isRepeatable(operation, input.idempotencyKey);
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#once(operation, input, signal);
      } catch (error) {
        input.signal?.throwIfAborted();
        const waitMs = repeatable && tries < triesMax ? pauseMs(error, tries) : null;
        if (waitMs === null || !(await pause(waitMs, signal))) throw error;
      }
    }
  }

  /** Submits a task under an idempotency key of its own, so that a lost answer does not make two of it. */
  async submitTask(submission: TaskSubmission, options: CallOptions = {}): Promise<Task> {
    return await this.call(executeTask, { idempotencyKey: randomUUID(), ...options, body: submission });
  }

  /** Starts a run of a workflow or of a template; as `submitTask`. */
  async submitWorkflow(submission: WorkflowSubmission, options: CallOptions = {}): Promise<Workflow> {
    return await this.call(submitWorkflow, { idempotencyKey: randomUUID(), ...options, body: submission });
  }

  /**
   * Answers the task as soon as it is final.
   * @throws WaitTimeout when it is not so in time
   */
  async waitForTask(id: string, options: WaitOptions = {}): Promise<Task> {
    return await this.#waitFor(id, options, (wait, call) =>
      this.call(getTask, { params: { task_id: id }, query: { wait }, ...call }),
    );
  }

  /** As `waitForTask`, for a run. */
  async waitForWorkflow(id: string, options: WaitOptions = {}): Promise<Workflow> {
    return await this.#waitFor(id, options, (wait, call) =>
      this.call(getWorkflow, { params: { workflow_id: id }, query: { wait }, ...call }),
    );
  }

  /** The events of a task from its first, or after `after`, until its final one. */
  taskEvents(id: string, options: EventsOptions = {}): AsyncGenerator<Event> {
    const params = { task_id: id };
    return followEvents(
      {
        url: requestUrl(this.baseUrl, streamTaskEvents, { params }),
        headers: this.#headers,
        kind: "task",
        isFinal: async () => isFinal((await this.call(getTask, { params })).status),
      },
      options,
    );
  }

  /** The events of a run and its steps; as `taskEvents`. */
  workflowEvents(id: string, options: EventsOptions = {}): AsyncGenerator<Event> {
    const params = { workflow_id: id };
    return followEvents(
      {
        url: requestUrl(this.baseUrl, streamWorkflowEvents, { params }),
        headers: this.#headers,
        kind: "workflow",
        isFinal: async () => isFinal((await this.call(getWorkflow, { params })).status),
      },
      options,
    );
  }

  async #waitFor<T extends { readonly status: string }>(
    id: string,
    options: WaitOptions,
    poll: (waitSeconds: number, call: CallOptions) => Promise<T>,
  ): Promise<T> {
    const timeoutMs = options.timeoutMs ?? defaultWaitMs;
    const endMs = Date.now() + timeoutMs;
    for (;;) {
      const leftMs = Math.max(0, endMs - Date.now());
      const seconds = Math.min(pollSeconds, leftMs / 1000);
      const subject = await poll(seconds, {
        deadlineMs: seconds * 1000 + pollGraceMs,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      if (isFinal(subject.status)) return subject;
      if (Date.now() >= endMs) {
        throw new WaitTimeout(`${id} is still ${subject.status} after ${timeoutMs} ms.`);
      }
    }
  }

  async #once(operation: Operation, input: LooseInput, signal: AbortSignal): Promise<unknown> {
    const url = requestUrl(this.baseUrl, operation, input);
    try {
      const response = await fetch(url, {
        method: operation.method.toUpperCase(),
        headers: {
          ...this.#headers,
          accept: "application/json",
          ...(input.body === undefined ? {} : { "content-type": "application/json" }),
          ...(input.idempotencyKey === undefined ? {} : { "idempotency-key": input.idempotencyKey }),
        },
        ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
        signal,
      });
      if (!response.ok) throw await apiErrorOf(response);
      return await readBody(operation, response);
    } catch (error) {
      if (error instanceof DroverApiError) throw error;
      const why = signal.aborted ? "did not answer in time" : "cannot be reached";
      throw new DroverUnreachable(`${url.origin} ${why} (${operation.id}).`, { cause: error });
    }
  }
}

async function readBody(operation: Operation, response: Response): Promise<unknown> {
  const schema = operation.responses[response.status]?.schema;
  const text = await response.text();
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new DroverApiError(`The answer to ${operation.id} is not what the contract says.`, {
    status: response.status,
    code: "unexpected_response",
    requestId: response.headers.get("x-request-id"),
    cause: parsed.error,
  });
}
