/** The plans in the making, so that disposing the agent ends them and waits for their end. */
import { RetryableFailure } from "@drover/errors";

export class RunningPlans implements AsyncDisposable {
  readonly #running = new Map<AbortController, Promise<unknown>>();
  #end: RetryableFailure | null = null;

  /**
   * Runs `work` with a signal that aborts with `signal` and when this is disposed.
   * @throws the reason of `signal` when it has aborted already, or what `work` throws
   */
  async run<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#end !== null) throw this.#end;
    const controller = new AbortController();
    const onAbort = () => controller.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const running = work(controller.signal);
    this.#running.set(controller, running);
    try {
      return await running;
    } finally {
      this.#running.delete(controller);
      signal.removeEventListener("abort", onAbort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end ??= new RetryableFailure("shutting_down", "The worker is shutting down.");
    for (const controller of this.#running.keys()) controller.abort(this.#end);
    await Promise.allSettled(this.#running.values());
  }
}
