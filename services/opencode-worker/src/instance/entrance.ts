/**
 * How many folders of one instance may begin to work at once. A server runs on one thread, and the first prompt in a folder
 * keeps it busy for seconds: ten at once would keep every answer back for longer than a caller waits.
 */
import { untilAbort } from "../waiting/until-abort.ts";

const placesMax = 2;
/** Whoever has not begun by then waits for its model, which costs the server nothing. */
const stayMaxMs = 20_000;

/** A place in the entrance. Dispose it when the work has begun, or has ended; twice is once. */
export type Entering = Disposable;

export class Entrance {
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  /** Waits for a place, in the order of the calls. @throws TaskFailure when it is aborted meanwhile */
  async enter(signal: AbortSignal): Promise<Entering> {
    const entered = new Promise<Entering>((resolve) => {
      this.#waiting.push(() => resolve(this.#place()));
    });
    this.#admit();
    return await untilAbort(entered, signal, (late) => late[Symbol.dispose]());
  }

  #admit(): void {
    while (this.#inside < placesMax) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#inside += 1;
      next();
    }
  }

  #place(): Entering {
    let here = true;
    const leave = () => {
      if (!here) return;
      here = false;
      clearTimeout(timer);
      this.#inside -= 1;
      this.#admit();
    };
    const timer = setTimeout(leave, stayMaxMs);
    timer.unref();
    return { [Symbol.dispose]: leave };
  }
}
