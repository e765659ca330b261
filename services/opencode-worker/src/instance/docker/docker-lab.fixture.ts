/** The engine and the image that the tests of the runtime `docker` need, and why they are missing. */
import type { Environment } from "@drover/config";
import { Engine } from "@drover/docker-engine";
import type { Instance } from "../instance-runtime.ts";
import type { RuntimeBench } from "../runtime.fixture.ts";
import { labelNames } from "./container-options.ts";
import { DockerRuntime } from "./docker-runtime.ts";

export class DockerLab {
  readonly #engine: Engine;
  readonly #host: string;
  readonly #image: string;

  constructor(environment: Environment) {
    this.#host = environment["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
    this.#image = environment["DROVER_OPENCODE_IMAGE"] ?? "drover/opencode-instance:0.1.0";
    this.#engine = new Engine({ host: this.#host, certPath: undefined });
  }

  /** Null where the tests can run. */
  async whyNot(): Promise<string | null> {
    if (!this.#host.startsWith("unix://")) return `${this.#host} is no Unix socket`;
    try {
      await this.#engine.docker.getImage(this.#image).inspect();
      return null;
    } catch (error) {
      const reason = error instanceof Error ? error.message : "?";
      return `no Docker engine with ${this.#image} at ${this.#host}: ${reason.slice(0, 120)}`;
    }
  }

  open(bench: RuntimeBench, ownerId: string, image = this.#image): Promise<DockerRuntime> {
    return DockerRuntime.open({ ...bench.shared, engine: this.#engine, image, network: "none", ownerId });
  }

  /** The ids of the containers that stand on the bench's state. */
  async containersOf(bench: Pick<RuntimeBench, "workerFolder">): Promise<string[]> {
    const filters = { label: [`${labelNames.worker}=${bench.workerFolder}`] };
    const found = await this.#engine.docker.listContainers({ all: true, filters });
    return found.map(({ Id }) => Id);
  }

  /** The container of an instance, and what the engine knows of it. */
  async containerOf(bench: RuntimeBench, { spec }: Instance) {
    const worker = `${labelNames.worker}=${bench.workerFolder}`;
    const filters = { label: [worker, `${labelNames.workspace}=${spec.workspaceId}`] };
    const [found] = await this.#engine.docker.listContainers({ filters });
    if (found === undefined) throw new Error("no such container");
    const container = this.#engine.docker.getContainer(found.Id);
    return { container, info: await container.inspect() };
  }
}
