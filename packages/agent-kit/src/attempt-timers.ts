/** The clocks of one attempt: its own time, the time of its task, and how long its agent may be silent. */
import { PermanentFailure, RetryableFailure } from "@drover/errors";

export interface AttemptLimits {
  readonly timeoutMs: number;
  readonly silenceMs: number | null;
  readonly endsByMs: number | null;
  readonly controller: AbortController;
}

export class AttemptTimers {
  readonly #time: NodeJS.Timeout;
  readonly #silence: NodeJS.Timeout | undefined;

  constructor(limits: AttemptLimits) {
    const { timeoutMs, silenceMs, controller } = limits;
    const leftMs = limits.endsByMs === null ? Number.POSITIVE_INFINITY : limits.endsByMs - Date.now();
    this.#time = setTimeout(
      () => controller.abort(leftMs <= timeoutMs ? taskOver() : attemptOver(timeoutMs)),
      Math.max(0, Math.min(timeoutMs, leftMs)),
    );
    if (silenceMs !== null) this.#silence = setTimeout(() => controller.abort(silent(silenceMs)), silenceMs);
  }

  signOfLife(): void {
    this.#silence?.refresh();
  }

  clear(): void {
    clearTimeout(this.#time);
    clearTimeout(this.#silence);
  }
}

function attemptOver(timeoutMs: number): RetryableFailure {
  return new RetryableFailure("timed_out", `The attempt took longer than ${timeoutMs / 1000} s.`);
}

function taskOver(): PermanentFailure {
  return new PermanentFailure(
    "total_timed_out",
    "The time of the task as a whole was over during its attempt.",
  );
}

function silent(silenceMs: number): RetryableFailure {
  return new RetryableFailure(
    "heartbeat_timed_out",
    `The agent gave no sign of life for ${silenceMs / 1000} s.`,
  );
}
