/** Follows a container to its end: what it prints and how it ended. */

import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { dockerFailure, type Engine, EngineDeadline, statusOf } from "@drover/docker-engine";
import { RetryableFailure } from "@drover/errors";
import type Docker from "dockerode";
import { z } from "zod";
import type { ContainerOutput } from "./container-output.ts";
import { LogFrames } from "./log-frames.ts";
import { startContainer, type TaskContainer } from "./task-container.ts";

export interface ContainerEnd {
  readonly exitCode: number;
  readonly outOfMemory: boolean;
}

/** How long one wait may take, in milliseconds; a connection that broke unseen is noticed after it. */
const waitMs = 5_000;
/** How long the rest of the output may take to arrive after the end, in milliseconds. */
const lastOutputMs = 2_000;
const waitAnswer = z.object({ StatusCode: z.number() });

/**
 * Starts the container where it has yet to be, and follows it to its end.
 * @throws RetryableFailure `docker_unavailable` when the connection to the engine breaks
 */
export async function followContainer(
  engine: Engine,
  claimed: TaskContainer,
  output: ContainerOutput,
  signal: AbortSignal,
): Promise<ContainerEnd> {
  const { container } = claimed;
  const stream = await engine.call("follow the container", signal, () => openOutput(claimed, signal));
  const frames = new LogFrames();
  stream.on("data", (chunk: Buffer) => {
    for (const frame of frames.push(chunk)) output.add(frame);
  });
  const printed = finished(stream);
  const broken = printed.then(
    () => new Promise<never>(() => {}),
    (error: unknown) => Promise.reject(signal.aborted ? signal.reason : dockerFailure(error, "go on")),
  );
  broken.catch(() => undefined);
  try {
    if (claimed.fresh) await startContainer(engine, container, signal);
    const exitCode = await Promise.race([broken, untilEnded(engine, container, signal)]);
    await Promise.race([printed.catch(() => undefined), delay(lastOutputMs, undefined, { ref: false })]);
    return { exitCode, outOfMemory: await ranOutOfMemory(engine, container, signal) };
  } finally {
    stream.destroy();
  }
}

/** The exit code, once there is one. */
async function untilEnded(engine: Engine, container: Docker.Container, signal: AbortSignal): Promise<number> {
  for (;;) {
    const answer = await waitAWhile(engine, container, signal);
    if (answer !== undefined) return answer;
    const info = await engine.call("look at the container", signal, (abortSignal) =>
      container.inspect({ abortSignal }),
    );
    if (!info.State.Running && info.State.Status !== "created") return info.State.ExitCode;
  }
}

/** The exit code; undefined where there is none yet. */
async function waitAWhile(
  engine: Engine,
  container: Docker.Container,
  signal: AbortSignal,
): Promise<number | undefined> {
  const wait = async (abortSignal: AbortSignal) => waitAnswer.parse(await container.wait({ abortSignal }));
  try {
    return (await engine.call("wait for the container", signal, wait, waitMs)).StatusCode;
  } catch (error) {
    if (error instanceof RetryableFailure && error.cause instanceof EngineDeadline) return undefined;
    throw error;
  }
}

/** False as well where another worker that ran the same task has already removed the container. */
async function ranOutOfMemory(
  engine: Engine,
  container: Docker.Container,
  signal: AbortSignal,
): Promise<boolean> {
  return await engine.call("look at the container", signal, async (abortSignal) => {
    try {
      return (await container.inspect({ abortSignal })).State.OOMKilled;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  });
}

/**
 * What a new container prints comes straight from it, complete. What one has printed already comes from the engine's
 * log of it, which holds no more than the last megabytes.
 */
async function openOutput({ container, fresh }: TaskContainer, abortSignal: AbortSignal): Promise<Readable> {
  const which = { stdout: true, stderr: true, abortSignal };
  const stream = fresh
    ? await container.attach({ ...which, stream: true })
    : await container.logs({ ...which, follow: true });
  return stream instanceof Readable ? stream : Readable.from(stream);
}
