/**
 * One attempt of a task: the agent runs under a signal that aborts on cancel, timeout, a lost hold, or the end of a drain,
 * and is given a short grace to end after it.
 */
import type { TaskResult } from "@drover/contracts";
import { RetryableFailure, type TaskFailure, toFailure } from "@drover/errors";
import { type Logger, recordSpan, withSpan } from "@drover/observability";
import type { Agent, AgentContext, AgentTask } from "./agent.ts";
import type { ReportBuffer } from "./report-buffer.ts";

export type AttemptOutcome =
  | { readonly kind: "completed"; readonly result: TaskResult }
  | { readonly kind: "failed"; readonly failure: TaskFailure };

/** How long an agent may take to end after it was told to. */
const graceMs = 5_000;

export interface AttemptOptions {
  readonly agent: Agent;
  /** Makes the task as the agent sees it; what it throws ends the attempt. */
  readonly task: () => Promise<AgentTask>;
  readonly timeoutMs: number;
  readonly reports: ReportBuffer;
  readonly logger: Logger;
  /** Aborts the attempt; its reason must be a failure. */
  readonly controller: AbortController;
}

export async function runAttempt(options: AttemptOptions): Promise<AttemptOutcome> {
  const { agent, controller } = options;
  const timeout = setTimeout(() => {
    const seconds = options.timeoutMs / 1000;
    controller.abort(new RetryableFailure("timed_out", `The attempt took longer than ${seconds} s.`));
  }, options.timeoutMs);
  try {
    const result = await Promise.race([
      options.task().then((task) => agent.execute(task, contextOf(options))),
      abandoned(controller.signal),
    ]);
    return { kind: "completed", result };
  } catch (thrown) {
    return { kind: "failed", failure: failureOf(thrown, controller.signal) };
  } finally {
    clearTimeout(timeout);
  }
}

/** Rejects when the agent has not ended a while after the abort. */
async function abandoned(signal: AbortSignal): Promise<never> {
  return await new Promise((_, reject) => {
    const leave = () => setTimeout(() => reject(signal.reason), graceMs).unref();
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });
}

/** After an abort its reason counts, whatever the agent made of it. */
function failureOf(thrown: unknown, signal: AbortSignal): TaskFailure {
  return toFailure(signal.aborted ? signal.reason : thrown);
}

function contextOf(options: AttemptOptions): AgentContext {
  return {
    signal: options.controller.signal,
    logger: options.logger,
    progress: (data) => options.reports.add("progress", data),
    output: (data) => options.reports.add("output", data),
    span: (name, attributes, work) => withSpan(name, { attributes }, work),
    recordSpan: (name, attributes, startMs, endMs, failed) =>
      recordSpan(name, attributes, startMs, endMs, failed),
  };
}
