/** A failure for good with something to show for it: the task fails, and what was done until then is kept as its result. */
import type { TaskResult } from "@drover/contracts";
import { type ErrorCode, type FailureOptions, PermanentFailure } from "@drover/errors";

export class FailureWithResult extends PermanentFailure {
  readonly result: TaskResult;

  constructor(code: ErrorCode, message: string, result: TaskResult, options: FailureOptions = {}) {
    super(code, message, options);
    this.result = result;
  }
}
