/** The engine that the real tests run on, and why there is none. */

import { randomUUID } from "node:crypto";
import type { Agent } from "@drover/agent-kit";
import { anAgentTask } from "@drover/agent-kit/conformance";
import { Engine } from "@drover/docker-engine";
import { createLogger } from "@drover/observability";
import { createDockerAgent, type DockerAgentOptions } from "../docker/docker-agent.ts";
import { labelNames } from "../docker/labels.ts";

export const testImage = "debian:trixie-slim";
const silent = createLogger({ service: "test", level: "silent" });

/** Null where the tests can run. */
export async function whyNoEngine(host: string): Promise<string | null> {
  const { docker } = new Engine({ host, certPath: undefined });
  try {
    await docker.getImage(testImage).inspect();
    return null;
  } catch (error) {
    return error instanceof Error ? `no Docker engine with ${testImage} at ${host}: ${error.message}` : "?";
  }
}

/** An engine and an organization of its own, whose containers and images are gone in the end. */
export class EngineBench implements AsyncDisposable {
  readonly organizationId = `test-${randomUUID().slice(0, 8)}`;
  readonly engine: Engine;
  readonly host: string;

  constructor(host: string) {
    this.host = host;
    this.engine = new Engine({ host, certPath: undefined });
  }

  agent(options: Partial<DockerAgentOptions> = {}): Promise<Agent> {
    return createDockerAgent({
      address: { host: this.host, certPath: undefined },
      images: ["*"],
      limits: { memoryMb: 128, memoryMbMax: 256, cpus: 1, cpusMax: 2, pids: 64 },
      contextMbMax: 16,
      workspacesRoot: undefined,
      logger: silent,
      ...options,
    });
  }

  task(payload: Record<string, unknown>, fields: Partial<Parameters<typeof anAgentTask>[0]> = {}) {
    return anAgentTask({ type: "docker", payload, organizationId: this.organizationId, ...fields });
  }

  /** A task that runs `script` in a shell. */
  shell(script: string, fields: Record<string, unknown> = {}) {
    return this.task({ action: "run", image: testImage, command: ["sh", "-c", script], ...fields });
  }

  /** The names of this bench's containers. */
  async containers(): Promise<string[]> {
    const filters = { label: [`${labelNames.organization}=${this.organizationId}`] };
    const found = await this.engine.docker.listContainers({ all: true, filters });
    return found.flatMap(({ Names }) => Names);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const filters = { label: [`${labelNames.organization}=${this.organizationId}`] };
    for (const { Id } of await this.engine.docker.listContainers({ all: true, filters })) {
      await this.engine.docker.getContainer(Id).remove({ force: true, v: true });
    }
    for (const { Id } of await this.engine.docker.listImages({ filters })) {
      await this.engine.docker.getImage(Id).remove({ force: true });
    }
  }
}
