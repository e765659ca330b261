/** The tasks that an agent has in hand, so that disposing the agent ends them and waits for their end. */
import { RetryableFailure } from "@drover/errors";

export class RunningTasks implements AsyncDisposable {
  readonly #running = new Map<AbortController, Promise<unknown>>();
  #disposed: RetryableFailure | null = null;

  /** Runs `work` with a signal that aborts with `signal` and when this is disposed. */
  async run<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#disposed !== null) throw this.#disposed;
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
    this.#disposed ??= new RetryableFailure("shutting_down", "The worker is shutting down.");
    for (const controller of this.#running.keys()) controller.abort(this.#disposed);
    await Promise.allSettled(this.#running.values());
  }
}
