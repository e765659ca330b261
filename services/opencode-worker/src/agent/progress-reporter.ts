/** Turns the events of an instance into the progress and output of a task. */
import type { AgentContext } from "@drover/agent-kit";
import type { Payload } from "@drover/contracts";
import type { Event, Part, ToolPart } from "@opencode-ai/sdk/v2";
import type { SessionMessage } from "./outcome.ts";
import { TextBuffer } from "./text-buffer.ts";
import { summariseToolInput } from "./tool-summary.ts";

export interface ReporterOptions {
  readonly context: AgentContext;
  readonly sessionId: string;
  /** The workspace's folder. */
  readonly directory: string;
  readonly redact: (text: string) => string;
  /** Told of every part, sub-agents' included. */
  readonly onPart?: (part: Part) => void;
}

const errorLengthMax = 500;

export class ProgressReporter {
  readonly #options: ReporterOptions;
  readonly #text: TextBuffer;
  /** How much of each text part has been put out, by the part's id. */
  readonly #written = new Map<string, number>();
  readonly #answers = new Set<string>();
  readonly #toolStates = new Map<string, string>();
  readonly #finishedSteps = new Set<string>();
  #thinking = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#text = new TextBuffer((text) => options.context.output({ text: options.redact(text) }));
  }

  handle(event: Event): void {
    switch (event.type) {
      case "message.updated":
        if (event.properties.info.role === "assistant" && this.#isOwn(event.properties.info.sessionID))
          this.#answers.add(event.properties.info.id);
        break;
      case "message.part.updated":
        this.handlePart(event.properties.part);
        break;
      case "message.part.delta":
        this.#delta(event.properties);
        break;
      case "todo.updated":
        if (this.#isOwn(event.properties.sessionID)) {
          const todos = event.properties.todos.map(({ content, status }) => ({ content, status }));
          this.#progress({ kind: "todos", todos });
        }
        break;
      case "session.status":
        if (this.#isOwn(event.properties.sessionID)) this.#status(event.properties.status);
        break;
      case "session.compacted":
        if (this.#isOwn(event.properties.sessionID)) this.#progress({ kind: "compacted" });
        break;
      default:
        break;
    }
  }

  /** Takes a part as it stands now: from an event, or read anew after a lost connection. */
  handlePart(part: Part): void {
    this.#options.onPart?.(part);
    if (part.type === "tool") this.#tool(part);
    if (!this.#isOwn(part.sessionID)) return;
    if (part.type === "text" && this.#answers.has(part.messageID) && part.synthetic !== true) {
      const written = this.#written.get(part.id) ?? 0;
      this.#written.set(part.id, Math.max(written, part.text.length));
      this.#text.add(part.text.slice(written));
    }
    if (part.type === "reasoning" && !this.#thinking) {
      this.#thinking = true;
      this.#progress({ kind: "thinking" });
    }
    if (part.type === "step-finish" && !this.#finishedSteps.has(part.id)) {
      this.#finishedSteps.add(part.id);
      this.#thinking = false;
      this.#progress({
        kind: "usage",
        input_tokens: part.tokens.input,
        output_tokens: part.tokens.output,
        cost_usd: part.cost,
      });
    }
  }

  /** Tells the reporter of an answer that was read, so that its parts count as output. */
  noteAnswer(messageId: string): void {
    this.#answers.add(messageId);
  }

  /** Takes what was there before as told: only what comes on top of it is put out. */
  markSeen(messages: readonly SessionMessage[]): void {
    for (const { info, parts } of messages) {
      if (info.role === "assistant") this.noteAnswer(info.id);
      for (const part of parts) {
        if (part.type === "text") this.#written.set(part.id, part.text.length);
        if (part.type === "tool") this.#toolStates.set(part.id, part.state.status);
        if (part.type === "step-finish") this.#finishedSteps.add(part.id);
      }
    }
  }

  /** Puts out what is still gathered. */
  flush(): void {
    this.#text.flush();
  }

  #isOwn(sessionId: string): boolean {
    return sessionId === this.#options.sessionId;
  }

  #delta(delta: {
    sessionID: string;
    messageID: string;
    partID: string;
    field: string;
    delta: string;
  }): void {
    if (!this.#isOwn(delta.sessionID) || delta.field !== "text" || !this.#answers.has(delta.messageID))
      return;
    const written = this.#written.get(delta.partID);
    // Known only once its part came as text; what a reasoning part brings is not output.
    if (written === undefined) return;
    this.#written.set(delta.partID, written + delta.delta.length);
    this.#text.add(delta.delta);
  }

  /** Tools of sub-agents are shown, too: they run on behalf of the task. */
  #tool(part: ToolPart): void {
    const { status, input } = part.state;
    if (this.#toolStates.get(part.id) === status) return;
    this.#toolStates.set(part.id, status);
    this.#text.flush();
    const summary = summariseToolInput(input, this.#options.directory);
    const own = this.#isOwn(part.sessionID);
    this.#progress({
      kind: "tool",
      call_id: part.callID,
      tool: part.tool,
      state: status,
      input: this.#redactAll(summary),
      ...(own ? {} : { subagent: true }),
      ...(part.state.status === "error"
        ? { error: this.#options.redact(part.state.error.slice(0, errorLengthMax)) }
        : {}),
    });
    if (part.state.status === "completed" || part.state.status === "error") {
      const { start, end } = part.state.time;
      const attributes = { "tool.name": part.tool, "tool.call_id": part.callID, ...this.#redactAll(summary) };
      this.#options.context.recordSpan(`tool ${part.tool}`, attributes, start, end, status === "error");
    }
  }

  #status(status: { type: string; attempt?: number; message?: string; next?: number }): void {
    if (status.type !== "retry") return;
    this.#progress({
      kind: "model_retry",
      attempt: status.attempt ?? 0,
      message: this.#options.redact((status.message ?? "").slice(0, errorLengthMax)),
      next_at: new Date(status.next ?? Date.now()).toISOString(),
    });
  }

  #progress(data: Payload): void {
    this.#options.context.progress(data);
  }

  #redactAll(summary: Record<string, string>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(summary).map(([name, text]) => [name, this.#options.redact(text)]),
    );
  }
}
