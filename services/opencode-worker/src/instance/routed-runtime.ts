/** The runtime of each workspace: the one that it is registered with, and the worker's own where it is not. */
import type { Instance as Registration } from "@drover/contracts";
import { PermanentFailure, toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import type { Instance, InstanceRuntime, InstanceSpec } from "./instance-runtime.ts";

export type RuntimeName = Registration["runtime"];

export interface RoutedRuntimeOptions {
  /** Those that this worker serves. */
  readonly runtimes: Readonly<Partial<Record<RuntimeName, InstanceRuntime>>>;
  /** Serves workspaces without a registration. */
  readonly unregistered: RuntimeName;
  readonly logger: Logger;
}

export class RoutedRuntime implements InstanceRuntime {
  readonly #options: RoutedRuntimeOptions;

  constructor(options: RoutedRuntimeOptions) {
    this.#options = options;
  }

  /** @throws PermanentFailure `runtime_not_supported` where this worker does not serve the workspace's runtime */
  async start(spec: InstanceSpec, signal: AbortSignal): Promise<Instance> {
    const name = spec.registration?.runtime ?? this.#options.unregistered;
    const runtime = this.#options.runtimes[name];
    if (runtime === undefined)
      throw new PermanentFailure("runtime_not_supported", `This worker does not serve the runtime ${name}.`);
    return await runtime.start(spec, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const runtime of Object.values(this.#options.runtimes)) {
      try {
        await runtime[Symbol.asyncDispose]();
      } catch (error) {
        this.#options.logger.error({ err: toError(error) }, "a runtime did not close");
      }
    }
  }
}
