/**
 * Removes containers that no task waits for any more.
 *
 * A worker that dies leaves its containers to whoever runs their tasks next. Where nobody does, because the task was
 * cancelled meanwhile, the container would stay for ever; so each carries the time after which it can only be forgotten.
 */
import { type Engine, removeContainer } from "@drover/docker-engine";
import type { Logger } from "@drover/observability";
import { labelNames } from "./labels.ts";

const sweepIntervalMs = 10 * 60_000;

/** Sweeps now and then until it is disposed. */
export function sweepExpiredContainers(engine: Engine, logger: Logger): AsyncDisposable {
  const end = new AbortController();
  const sweep = () => {
    sweeping = removeExpiredContainers(engine, end.signal, new Date()).then(
      (names) => names.length > 0 && logger.info({ containers: names }, "Forgotten containers were removed."),
      (error: unknown) => logger.debug({ err: error }, "Forgotten containers could not be looked for."),
    );
  };
  let sweeping: Promise<unknown> = Promise.resolve();
  sweep();
  const timer = setInterval(sweep, sweepIntervalMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      end.abort();
      await sweeping;
    },
  };
}

/** The names of the containers that it removed. */
export async function removeExpiredContainers(
  engine: Engine,
  signal: AbortSignal,
  now: Date,
): Promise<string[]> {
  const list = async (abortSignal: AbortSignal) => {
    const options = { all: true, filters: { label: [labelNames.expires] }, abortSignal };
    return await engine.docker.listContainers(options);
  };
  const removed: string[] = [];
  for (const { Id, Names, Labels } of await engine.call("list the containers", signal, list)) {
    const expires = Date.parse(Labels[labelNames.expires] ?? "");
    if (Number.isNaN(expires) || expires > now.getTime()) continue;
    await removeContainer(engine, Id, signal);
    removed.push(Names[0]?.replace(/^\//, "") ?? Id);
  }
  return removed;
}
