/**
 * Removes a task's container when its work has ended, however it ended, without making an aborted task wait.
 *
 * The container stays in two cases: the engine no longer answers, and the worker has lost its hold on the task. Then
 * whoever runs the task next takes it over. One that nobody takes over is removed once it has expired.
 */

import type { AgentTask } from "@drover/agent-kit";
import { type Engine, removeContainer } from "@drover/docker-engine";
import { toFailure } from "@drover/errors";
import type { Logger } from "@drover/observability";
import { containerNameOf } from "./task-container.ts";

/** How long an aborted task waits for the removal, in milliseconds; it goes on afterwards. */
const abortedWaitMs = 250;

export class Removals implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #logger: Logger;
  readonly #pending = new Set<Promise<void>>();

  constructor(engine: Engine, logger: Logger) {
    this.#engine = engine;
    this.#logger = logger;
  }

  /** Runs `work` and removes the task's container afterwards, unless `work` called `keep`. */
  async guard<T>(task: AgentTask, signal: AbortSignal, work: (keep: () => void) => Promise<T>): Promise<T> {
    let kept = false;
    try {
      return await work(() => {
        kept = true;
      });
    } catch (error) {
      kept = mayBeTakenOver(error);
      throw error;
    } finally {
      if (!kept) {
        const removal = this.#remove(containerNameOf(task));
        const patience = signal.aborted ? abortedWaitMs : undefined;
        await (patience === undefined ? removal : Promise.race([removal, delay(patience)]));
      }
    }
  }

  #remove(name: string): Promise<void> {
    const removal = removeContainer(this.#engine, name, new AbortController().signal).catch(
      (error: unknown) =>
        this.#logger.warn({ err: error, container: name }, "A container could not be removed."),
    );
    this.#pending.add(removal);
    return removal.finally(() => this.#pending.delete(removal));
  }

  /** Waits for the removals under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#pending);
  }
}

function mayBeTakenOver(error: unknown): boolean {
  const { code } = toFailure(error);
  return code === "docker_unavailable" || code === "lock_lost";
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
