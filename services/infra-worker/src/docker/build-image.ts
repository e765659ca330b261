/** `build`: an image from a folder of the workspace. */

import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentTask } from "@drover/agent-kit";
import type { dockerBuildFields } from "@drover/contracts";
import type { Engine } from "@drover/docker-engine";
import { PermanentFailure, RetryableFailure } from "@drover/errors";
import type { z } from "zod";
import type { ActionCall } from "../agent/action-agent.ts";
import { taskWorkspace, workspaceSubfolder } from "../workspace/workspace-path.ts";
import { BoundedText } from "./bounded-text.ts";
import { packBuildContext } from "./build-context.ts";
import { ContainerOutput } from "./container-output.ts";
import { checkDockerfile } from "./dockerfile-images.ts";
import { type ImagePolicy, withTag } from "./image-reference.ts";
import { imageOwner, inspectImage } from "./inspect-image.ts";
import { engineEvents } from "./json-lines.ts";
import { ownerLabels } from "./labels.ts";

type BuildFields = z.infer<typeof dockerBuildFields>;

export interface BuildParts {
  readonly engine: Engine;
  readonly policy: ImagePolicy;
  readonly workspacesRoot: string | undefined;
  readonly contextMbMax: number;
  /** Of the containers in which the steps of the Dockerfile run. */
  readonly memoryMb: number;
}

const buildDeadlineMs = 6 * 60 * 60_000;
const errorTailLength = 2_000;
const dockerfileBytesMax = 1024 * 1024;
const mebibyte = 1024 * 1024;

export async function buildImage(parts: BuildParts, fields: BuildFields, call: ActionCall): Promise<unknown> {
  const { engine, policy, workspacesRoot, contextMbMax } = parts;
  const { task, signal } = call;
  const image = withTag(fields.tag);
  policy.check(image);
  await refuseForeignTag(engine, image, task, signal);
  const folder = await workspaceSubfolder(await taskWorkspace(workspacesRoot, task), fields.path ?? ".");
  const dockerfile = fields.dockerfile ?? "Dockerfile";
  checkDockerfile(await readDockerfile(folder, dockerfile), policy);
  const packed = await packBuildContext(folder, { dockerfile, sizeMbMax: contextMbMax, signal });
  try {
    await build(parts, fields, packed, call);
  } finally {
    packed.destroy();
  }
  const info = await inspectImage(engine, image, signal);
  if (info === undefined)
    throw new RetryableFailure("docker_failed", `The image ${image} was built and is gone.`);
  return { image, image_id: info.Id, size_bytes: info.Size };
}

/** A name that is in use may only be taken again by the organization whose build gave it. */
async function refuseForeignTag(
  engine: Engine,
  image: string,
  task: AgentTask,
  signal: AbortSignal,
): Promise<void> {
  const info = await inspectImage(engine, image, signal);
  if (info === undefined || imageOwner(info) === task.organizationId) return;
  throw new PermanentFailure("image_not_allowed", `The name ${image} is taken by another image.`);
}

async function readDockerfile(folder: string, dockerfile: string): Promise<string> {
  const parent = await workspaceSubfolder(folder, join(dockerfile, ".."));
  const path = join(parent, dockerfile.slice(dockerfile.lastIndexOf("/") + 1));
  const entry = await lstat(path).catch(() => null);
  if (entry === null || !entry.isFile() || entry.size > dockerfileBytesMax) {
    throw new PermanentFailure("docker_failed", `There is no Dockerfile at ${dockerfile}.`);
  }
  return await readFile(path, "utf8");
}

async function build(
  parts: BuildParts,
  fields: BuildFields,
  folder: NodeJS.ReadableStream,
  { task, context, signal }: ActionCall,
): Promise<void> {
  const network = fields.network ?? "none";
  const memory = parts.memoryMb * mebibyte;
  const log = new BoundedText(errorTailLength);
  using told = new ContainerOutput((data) => context.output({ text: data["text"] }));
  const building = async (abortSignal: AbortSignal) => {
    const stream = await parts.engine.docker.buildImage(folder, {
      t: withTag(fields.tag),
      dockerfile: fields.dockerfile ?? "Dockerfile",
      labels: ownerLabels(task),
      networkmode: network,
      memory,
      memswap: memory,
      rm: true,
      forcerm: true,
      ...(fields.build_arguments === undefined ? {} : { buildargs: fields.build_arguments }),
      ...(fields.target === undefined ? {} : { target: fields.target }),
      abortSignal,
    });
    for await (const event of engineEvents(stream)) {
      const text = event.stream ?? (event.error === undefined ? "" : `${event.error}\n`);
      log.append(text);
      told.add({ stream: "stdout", bytes: Buffer.from(text) });
      if (event.error !== undefined) throw buildFailure(log.take(), network);
    }
  };
  context.progress({ kind: "build", image: withTag(fields.tag), status: "started" });
  try {
    await parts.engine.call("build the image", signal, building, buildDeadlineMs);
  } finally {
    told.flush();
  }
}

function buildFailure(tail: string, network: string): PermanentFailure {
  const hint = network === "none" ? ' A build has no network unless "network" is "bridge".' : "";
  return new PermanentFailure("docker_failed", `The build failed.${hint} Its last words: ${tail.trim()}`);
}
