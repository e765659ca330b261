/**
 * When to stop: on SIGINT, SIGTERM or SIGHUP, and when the process that started this one is gone. A second signal ends
 * everything at once.
 */
import { Socket } from "node:net";
import type { Environment } from "@drover/config";
import { killGuardedGroups } from "@drover/processes";
import type { Say } from "@drover/redis-server";

export interface Termination extends Disposable {
  /** Aborted when it is time to stop; the reason is an error that says why. */
  readonly signal: AbortSignal;
  /** Resolves when it is time to stop. */
  readonly asked: Promise<void>;
}

/** One Ctrl-C arrives several times: from the terminal, from npm, from the script above. */
const sameWishMs = 1_000;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The reason of the aborted signal. */
class Terminated extends Error {
  override readonly name = "Terminated";
}

export function listenForTermination(environment: Environment, say: Say): Termination {
  const controller = new AbortController();
  let askedMs: number | undefined;
  const ask = (why: string) => {
    if (askedMs === undefined) {
      askedMs = Date.now();
      say(`${why}: stopping (once more ends it at once)`);
      controller.abort(new Terminated(why));
    } else if (Date.now() - askedMs > sameWishMs) {
      killGuardedGroups();
      process.exit(130);
    }
  };
  for (const signal of signals) process.on(signal, ask);
  // A terminal or a pipe that is gone must not end the stop half-way.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const lifeline = watchLifeline(environment["DROVER_LIFELINE_FD"], () => ask("The parent process is gone"));
  return {
    signal: controller.signal,
    asked: new Promise((resolve) => controller.signal.addEventListener("abort", () => resolve())),
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, ask);
      lifeline?.destroy();
    },
  };
}

/** A pipe that the parent holds open and never writes to: its end is the end of the parent. */
function watchLifeline(descriptor: string | undefined, onEnd: () => void): Socket | undefined {
  if (descriptor === undefined || descriptor === "") return undefined;
  const socket = new Socket({ fd: Number(descriptor), readable: true, writable: false });
  socket.on("error", () => undefined);
  socket.once("end", onEnd);
  socket.resume();
  socket.unref();
  return socket;
}
