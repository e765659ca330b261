/** The Docker engine: a client for one address, and calls with a deadline whose errors are failures of the task. */
import Docker from "dockerode";
import { dockerFailure } from "./docker-failure.ts";
import { connectionOptions, type EngineAddress } from "./engine-address.ts";

/** How long the engine may take for a call that does no long work, in milliseconds. */
const callDeadlineMs = 30_000;

export class Engine {
  readonly docker: Docker;

  constructor(address: EngineAddress) {
    this.docker = new Docker(connectionOptions(address));
  }

  /**
   * The answer of `work`, which passes its signal on to the engine.
   * @param doing what it does, as in "The engine could not start the container"
   * @throws the signal's reason when it aborts, else a failure of the task
   */
  async call<T>(
    doing: string,
    signal: AbortSignal,
    work: (abortSignal: AbortSignal) => Promise<T>,
    deadlineMs = callDeadlineMs,
  ): Promise<T> {
    signal.throwIfAborted();
    const limited = new AbortController();
    const onAbort = () => limited.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const timer = setTimeout(() => limited.abort(new EngineDeadline(deadlineMs)), deadlineMs);
    const ended = new Promise<never>((_, reject) => {
      limited.signal.addEventListener("abort", () => reject(limited.signal.reason), { once: true });
    });
    try {
      return await Promise.race([ended, work(limited.signal)]);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw dockerFailure(limited.signal.aborted ? limited.signal.reason : error, doing);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  async ping(abortSignal: AbortSignal): Promise<void> {
    await new Promise((resolve, reject) => {
      const options = { path: "/_ping", method: "GET", abortSignal, statusCodes: { 200: true } };
      this.docker.modem.dial(options, (error: unknown, answer: unknown) =>
        error === null ? resolve(answer) : reject(error),
      );
    });
  }
}

/** The cause of a failure when the engine gave no answer in time. */
export class EngineDeadline extends Error {
  override readonly name = "EngineDeadline";

  constructor(deadlineMs: number) {
    super(`No answer within ${deadlineMs} ms.`);
  }
}
