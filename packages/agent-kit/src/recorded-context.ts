/** An `AgentContext` for tests that keeps all it is told, and a task to go with it. */
import type { Payload, Usage } from "@drover/contracts";
import { newId } from "@drover/contracts";
import type { PermanentFailure } from "@drover/errors";
import { createLogger } from "@drover/observability";
import type { AgentContext, AgentTask } from "./agent.ts";
import { Suspended } from "./suspended.ts";

export interface RecordedSpan {
  readonly name: string;
  readonly attributes: Record<string, string | number | boolean>;
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: boolean;
}

export interface RecordedContext extends AgentContext {
  readonly progressed: Payload[];
  readonly outputs: Payload[];
  readonly spans: RecordedSpan[];
  readonly checkpoints: Payload[];
  /** What the agent said it has used, each time. */
  readonly spendings: Usage[];
  /** Fulfilled by the first progress or output. */
  readonly started: Promise<void>;
}

/** @param budget says of what has been used whether the agent must stop; default: never */
export function recordedContext(
  signal: AbortSignal = new AbortController().signal,
  budget: (used: Usage) => PermanentFailure | null = () => null,
): RecordedContext {
  const progressed: Payload[] = [];
  const outputs: Payload[] = [];
  const spans: RecordedSpan[] = [];
  const checkpoints: Payload[] = [];
  const spendings: Usage[] = [];
  let start = () => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  return {
    signal,
    logger: createLogger({ service: "test", level: "silent" }),
    progressed,
    outputs,
    spans,
    started,
    progress: (data) => {
      progressed.push(data);
      start();
    },
    output: (data) => {
      outputs.push(data);
      start();
    },
    heartbeat: () => undefined,
    checkpoints,
    spendings,
    spent: async (usage) => {
      spendings.push(usage);
      return budget(usage);
    },
    remember: async (checkpoint) => void checkpoints.push(checkpoint),
    ask: async ({ deadlineMs }) => {
      throw new Suspended(deadlineMs);
    },
    span: async (name, attributes, work) => {
      const startMs = Date.now();
      try {
        const result = await work();
        spans.push({ name, attributes, startMs, endMs: Date.now(), failed: false });
        return result;
      } catch (error) {
        spans.push({ name, attributes, startMs, endMs: Date.now(), failed: true });
        throw error;
      }
    },
    recordSpan: (name, attributes, startMs, endMs, failed = false) =>
      spans.push({ name, attributes, startMs, endMs, failed }),
  };
}

/** A first attempt at a task that stands alone; `fields` say what differs. */
export function anAgentTask(fields: Partial<AgentTask> & Pick<AgentTask, "type" | "payload">): AgentTask {
  return {
    id: newId("task"),
    organizationId: "default",
    workspaceId: null,
    attempt: 1,
    maxAttempts: 3,
    delivery: 1,
    checkpoint: null,
    step: null,
    ...fields,
  };
}
