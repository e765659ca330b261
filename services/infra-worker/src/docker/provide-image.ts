/** Makes sure that the engine has an image that the task may run, pulling it where it is missing. */

import type { AgentTask } from "@drover/agent-kit";
import type { Payload } from "@drover/contracts";
import { type Engine, statusOf } from "@drover/docker-engine";
import { PermanentFailure, RetryableFailure } from "@drover/errors";
import { withTag } from "./image-reference.ts";
import { imageOwner, inspectImage } from "./inspect-image.ts";
import { type EngineEvent, engineEvents } from "./json-lines.ts";

/** How long one pull may take, in milliseconds. */
const pullDeadlineMs = 30 * 60_000;
const progressPauseMs = 1_000;
const refusal = /not found|manifest unknown|denied|unauthorized|invalid reference|no basic auth/i;

/**
 * The id of the image, present on the engine.
 *
 * An image that another organization built counts as absent, so that nobody can put an image of their own under a name
 * that others use.
 * @param progress told how a pull goes, at most once a second
 */
export async function provideImage(
  engine: Engine,
  reference: string,
  task: AgentTask,
  signal: AbortSignal,
  progress: (data: Payload) => void,
): Promise<string> {
  const image = withTag(reference);
  const present = await findImage(engine, image, task, signal);
  if (present !== undefined) return present;
  await pull(engine, image, signal, progress);
  const pulled = await findImage(engine, image, task, signal);
  if (pulled === undefined) throw new PermanentFailure("docker_failed", `There is no image ${reference}.`);
  return pulled;
}

async function findImage(
  engine: Engine,
  image: string,
  task: AgentTask,
  signal: AbortSignal,
): Promise<string | undefined> {
  const info = await inspectImage(engine, image, signal);
  if (info === undefined) return undefined;
  const owner = imageOwner(info);
  return owner === undefined || owner === task.organizationId ? info.Id : undefined;
}

async function pull(
  engine: Engine,
  image: string,
  signal: AbortSignal,
  progress: (data: Payload) => void,
): Promise<void> {
  progress({ kind: "pull", image, status: "started" });
  const layers = new Map<string, { current: number; total: number }>();
  let toldMs = performance.now();
  const pulling = async (abortSignal: AbortSignal) => {
    for await (const event of engineEvents(await pullStream(engine, image, abortSignal))) {
      if (event.error !== undefined) throw pullFailure(image, event.error);
      if (!noteLayer(layers, event) || performance.now() - toldMs < progressPauseMs) continue;
      toldMs = performance.now();
      progress({ kind: "pull", image, status: "pulling", ...totals(layers) });
    }
  };
  await engine.call(`pull the image ${image}`, signal, pulling, pullDeadlineMs);
  progress({ kind: "pull", image, status: "done" });
}

async function pullStream(
  engine: Engine,
  image: string,
  abortSignal: AbortSignal,
): Promise<AsyncIterable<Buffer | string>> {
  try {
    return await engine.docker.pull(image, { abortSignal });
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    throw pullFailure(image, error instanceof Error ? error.message : String(error));
  }
}

/** A registry that says no is believed; anything else may pass. */
function pullFailure(image: string, words: string): PermanentFailure | RetryableFailure {
  const message = `The image ${image} cannot be pulled: ${words.trim()}`;
  return refusal.test(words)
    ? new PermanentFailure("docker_failed", message)
    : new RetryableFailure("docker_failed", message);
}

function noteLayer(layers: Map<string, { current: number; total: number }>, event: EngineEvent): boolean {
  const { current, total } = event.progressDetail ?? {};
  if (event.id === undefined || current === undefined || total === undefined) return false;
  if (event.status === "Downloading") layers.set(event.id, { current, total });
  return event.status === "Downloading";
}

function totals(layers: Map<string, { current: number; total: number }>): Payload {
  const all = [...layers.values()];
  return {
    layers: all.length,
    current_bytes: all.reduce((sum, layer) => sum + layer.current, 0),
    total_bytes: all.reduce((sum, layer) => sum + layer.total, 0),
  };
}
