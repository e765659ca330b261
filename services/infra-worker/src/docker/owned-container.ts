/** A container that a task of the same organization started; any other counts as absent. */

import type { AgentTask } from "@drover/agent-kit";
import { type Engine, statusOf } from "@drover/docker-engine";
import { errorCatalogue, PermanentFailure } from "@drover/errors";
import type Docker from "dockerode";
import { labelNames } from "./labels.ts";

export interface OwnedContainer {
  readonly container: Docker.Container;
  readonly info: Docker.ContainerInspectInfo;
  readonly name: string;
}

/**
 * @param reference name or id
 * @throws PermanentFailure `not_found`, in the same words for one that is missing and one that is somebody else's
 */
export async function ownedContainer(
  engine: Engine,
  reference: string,
  task: AgentTask,
  signal: AbortSignal,
): Promise<OwnedContainer> {
  const info = await engine.call("look at the container", signal, async (abortSignal) => {
    try {
      return await engine.docker.getContainer(reference).inspect({ abortSignal });
    } catch (error) {
      if (statusOf(error) === 404 || statusOf(error) === 400) return undefined;
      throw error;
    }
  });
  const labels = info?.Config.Labels ?? {};
  const owned =
    labels[labelNames.task] !== undefined && labels[labelNames.organization] === task.organizationId;
  if (info === undefined || !owned) throw new PermanentFailure("not_found", errorCatalogue.not_found.title);
  const container = engine.docker.getContainer(info.Id);
  return { container, info, name: info.Name.replace(/^\//, "") };
}
