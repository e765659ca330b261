/**
 * One attempt of a task: the agent runs under a signal that aborts on cancel, timeout, a lost hold, or the end of a drain,
 * and is given a short grace to end after it.
 */
import type { TaskResult } from "@drover/contracts";
import { type TaskFailure, toFailure } from "@drover/errors";
import { type Logger, recordSpan, withSpan } from "@drover/observability";
import type { Agent, AgentContext, AgentTask } from "./agent.ts";
import { AttemptTimers } from "./attempt-timers.ts";
import type { ReportBuffer } from "./report-buffer.ts";
import { Suspended } from "./suspended.ts";

export type AttemptOutcome =
  /** It waits for a person. */
  | { readonly kind: "suspended"; readonly untilMs: number }
  | { readonly kind: "completed"; readonly result: TaskResult }
  | { readonly kind: "failed"; readonly failure: TaskFailure };

/** How long an agent may take to end after it was told to. */
const graceMs = 5_000;

export interface AttemptOptions {
  readonly execute: Agent["execute"];
  /** Makes the task as the agent sees it; what it throws ends the attempt. */
  readonly task: () => Promise<AgentTask>;
  readonly timeoutMs: number;
  /** How long the agent may be silent, in milliseconds; null: as long as the attempt lasts. */
  readonly silenceMs: number | null;
  /** When the task's time as a whole is over, in milliseconds since the epoch; null: no limit. */
  readonly endsByMs: number | null;
  readonly reports: ReportBuffer;
  readonly remember: AgentContext["remember"];
  readonly spent: AgentContext["spent"];
  readonly ask: AgentContext["ask"];
  readonly logger: Logger;
  /** Aborts the attempt; its reason must be a failure. */
  readonly controller: AbortController;
}

export async function runAttempt(options: AttemptOptions): Promise<AttemptOutcome> {
  const { execute, controller } = options;
  const timers = new AttemptTimers(options);
  try {
    const result = await Promise.race([
      options.task().then((task) => execute(task, contextOf(options, timers))),
      abandoned(controller.signal),
    ]);
    return { kind: "completed", result };
  } catch (thrown) {
    if (thrown instanceof Suspended) return { kind: "suspended", untilMs: thrown.untilMs };
    return { kind: "failed", failure: failureOf(thrown, controller.signal) };
  } finally {
    timers.clear();
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

function contextOf(options: AttemptOptions, timers: AttemptTimers): AgentContext {
  return {
    signal: options.controller.signal,
    logger: options.logger,
    progress: (data) => {
      timers.signOfLife();
      options.reports.add("progress", data);
    },
    output: (data) => {
      timers.signOfLife();
      options.reports.add("output", data);
    },
    heartbeat: () => timers.signOfLife(),
    remember: options.remember,
    spent: (usage) => {
      timers.signOfLife();
      return options.spent(usage);
    },
    ask: options.ask,
    span: (name, attributes, work) => withSpan(name, { attributes }, work),
    recordSpan: (name, attributes, startMs, endMs, failed) =>
      recordSpan(name, attributes, startMs, endMs, failed),
  };
}
