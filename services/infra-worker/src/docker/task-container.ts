/**
 * The one container of a task.
 *
 * Its name comes from the task alone, so that of two workers that run the same task at most one creates it. Whoever
 * comes later, because the first one died, takes the container over as it finds it: created, running or ended.
 */

import type { AgentTask } from "@drover/agent-kit";
import { type Engine, engineMessage, removeContainer, statusOf } from "@drover/docker-engine";
import { PermanentFailure, RetryableFailure } from "@drover/errors";
import type Docker from "dockerode";
import { labelNames } from "./labels.ts";

export interface TaskContainer {
  readonly id: string;
  readonly name: string;
  readonly container: Docker.Container;
  /** It was there already, from an earlier start of the task. */
  readonly adopted: boolean;
  /** Whether it has yet to be started. */
  readonly fresh: boolean;
}

/** How often creating is tried while an earlier container of the same name is being removed. */
const triesMax = 5;

export function containerNameOf(task: AgentTask): string {
  return `drover-${task.id}`;
}

/** The task's container: new, running or already ended. */
export async function claimTaskContainer(
  engine: Engine,
  task: AgentTask,
  options: Docker.ContainerCreateOptions,
  signal: AbortSignal,
): Promise<TaskContainer> {
  const name = containerNameOf(task);
  for (let attempt = 1; attempt <= triesMax; attempt++) {
    const created = await create(engine, name, options, signal);
    if (created !== undefined) {
      return { id: created.id, name, container: created, adopted: false, fresh: true };
    }
    const adopted = await adopt(engine, name, task, signal);
    if (adopted !== undefined) return adopted;
  }
  throw new RetryableFailure("docker_failed", `The earlier container ${name} is still being removed.`);
}

/** Undefined where the name is taken. */
async function create(
  engine: Engine,
  name: string,
  options: Docker.ContainerCreateOptions,
  signal: AbortSignal,
): Promise<Docker.Container | undefined> {
  return await engine.call("create the container", signal, async (abortSignal) => {
    // Given so, the environment travels in the body alone and not in the address as well.
    const request = { _query: { name }, _body: options, abortSignal };
    try {
      return await engine.docker.createContainer(request);
    } catch (error) {
      if (statusOf(error) === 409) return undefined;
      throw error;
    }
  });
}

/** Starts the container; one that runs already is fine. */
export async function startContainer(
  engine: Engine,
  container: Docker.Container,
  signal: AbortSignal,
): Promise<void> {
  await engine.call("start the container", signal, async (abortSignal) => {
    try {
      await container.start({ abortSignal });
    } catch (error) {
      if (statusOf(error) === 304) return;
      const message = engineMessage(error);
      if (!/OCI runtime create failed|executable file not found|no such file/i.test(message)) throw error;
      throw new PermanentFailure("container_failed", `The container cannot start: ${message}`);
    }
  });
}

/** Undefined where the container is gone or is not to be used. */
async function adopt(
  engine: Engine,
  name: string,
  task: AgentTask,
  signal: AbortSignal,
): Promise<TaskContainer | undefined> {
  const found = engine.docker.getContainer(name);
  const info = await engine.call("look at the container", signal, async (abortSignal) => {
    try {
      return await found.inspect({ abortSignal });
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  });
  if (info === undefined) return undefined;
  if (info.Config.Labels[labelNames.task] !== task.id) {
    throw new PermanentFailure("docker_failed", `Another container is called ${name}.`);
  }
  if (info.State.Dead || info.State.Status === "removing") {
    await removeContainer(engine, info.Id, signal);
    return undefined;
  }
  const container = engine.docker.getContainer(info.Id);
  return { id: info.Id, name, container, adopted: true, fresh: info.State.Status === "created" };
}
