/** `run`: a container to its end, or started and left running. */
import type { Engine } from "@drover/docker-engine";
import { PermanentFailure } from "@drover/errors";
import type { ActionCall } from "../agent/action-agent.ts";
import { type ContainerLimits, containerOptions, type RunFields } from "./container-options.ts";
import { ContainerOutput } from "./container-output.ts";
import { type ContainerEnd, followContainer } from "./follow-container.ts";
import type { ImagePolicy } from "./image-reference.ts";
import { provideImage } from "./provide-image.ts";
import type { Removals } from "./removals.ts";
import { claimTaskContainer, startContainer, type TaskContainer } from "./task-container.ts";

export interface RunParts {
  readonly engine: Engine;
  readonly policy: ImagePolicy;
  readonly limits: ContainerLimits;
  readonly removals: Removals;
  readonly workspacesRoot: string | undefined;
}

const errorTailLength = 2_000;

export async function runContainer(parts: RunParts, fields: RunFields, call: ActionCall): Promise<unknown> {
  const { engine, policy, limits, workspacesRoot } = parts;
  const { task, context, signal } = call;
  policy.check(fields.image);
  const progress = context.progress.bind(context);
  const imageId = await provideImage(engine, fields.image, task, signal, progress);
  const options = await containerOptions(fields, imageId, task, limits, workspacesRoot);
  return await parts.removals.guard(task, signal, async (keep) => {
    const container = await claimTaskContainer(engine, task, options, signal);
    const { id, name, adopted } = container;
    context.progress({ kind: "container", container_id: id, name, adopted });
    if (fields.detach !== true) return await followToEnd(parts, container, call);
    await startContainer(engine, container.container, signal);
    keep();
    return { container_id: id, name };
  });
}

async function followToEnd(parts: RunParts, container: TaskContainer, call: ActionCall) {
  using output = new ContainerOutput((data) => call.context.output(data));
  const end = await followContainer(parts.engine, container, output, call.signal);
  output.flush();
  const collected = output.collected();
  if (end.exitCode !== 0) throw containerFailure(end, collected.stderr, collected.stdout);
  return { container_id: container.id, exit_code: end.exitCode, ...collected };
}

function containerFailure(end: ContainerEnd, stderr: string, stdout: string): PermanentFailure {
  const how = end.outOfMemory ? "ran out of memory" : `ended with exit code ${end.exitCode}`;
  const words = (stderr.trim() || stdout.trim()).slice(-errorTailLength);
  return new PermanentFailure("container_failed", `The container ${how}${words === "" ? "." : `: ${words}`}`);
}
