/** The engine and the image that the tests of the runtime `docker` need, and why they are missing. */
import { Engine } from "@drover/docker-engine";
import type { Instance } from "../instance-runtime.ts";
import type { RuntimeBench } from "../runtime.fixture.ts";
import { labelNames } from "./container-options.ts";
import { DockerRuntime } from "./docker-runtime.ts";

const host = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
const image = process.env["DROVER_OPENCODE_IMAGE"] ?? "drover/opencode-instance:0.1.0";

export const testEngine = new Engine({ host, certPath: undefined });

/** Null where the tests can run. */
export async function whyNoImage(): Promise<string | null> {
  if (!host.startsWith("unix://")) return `${host} is no Unix socket`;
  try {
    await testEngine.docker.getImage(image).inspect();
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : "?";
    return `no Docker engine with ${image} at ${host}: ${reason.slice(0, 120)}`;
  }
}

export function openDockerRuntime(
  bench: RuntimeBench,
  ownerId: string,
  more: { image?: string; network?: string; memoryMib?: number; allowRoot?: boolean } = {},
): Promise<DockerRuntime> {
  const { memoryMib = 2_048, ...rest } = more;
  return DockerRuntime.open({
    ...bench.shared,
    limits: { ...bench.shared.limits, memoryMib },
    engine: testEngine,
    image,
    network: "none",
    ownerId,
    ...rest,
  });
}

/** The ids of the containers that a worker's state folder stands on. */
export async function containersOf(bench: RuntimeBench): Promise<string[]> {
  const filters = { label: [`${labelNames.worker}=${bench.workerFolder}`] };
  const found = await testEngine.docker.listContainers({ all: true, filters });
  return found.map(({ Id }) => Id);
}

/** What the engine knows of an instance's container. */
export async function containerOf(bench: RuntimeBench, { spec }: Instance) {
  const worker = `${labelNames.worker}=${bench.workerFolder}`;
  const filters = { label: [worker, `${labelNames.workspace}=${spec.workspaceId}`] };
  const [found] = await testEngine.docker.listContainers({ filters });
  if (found === undefined) throw new Error("no such container");
  const container = testEngine.docker.getContainer(found.Id);
  return { container, info: await container.inspect() };
}
