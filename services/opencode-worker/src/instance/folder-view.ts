/** An instance as the task sees it that works in one folder of it: the same server, reached for that folder. */
import type { OpencodeClient } from "@opencode-ai/sdk/v2";
import type { Instance, InstanceSpec, ModelFault } from "./instance-runtime.ts";

/** @param directory another folder than the workspace's own */
export function inFolder(instance: Instance, directory: string): Instance {
  return new FolderView(instance, directory);
}

class FolderView implements Instance {
  readonly client: OpencodeClient;
  readonly #instance: Instance;

  constructor(instance: Instance, directory: string) {
    this.#instance = instance;
    this.client = instance.clientFor(directory);
  }

  get spec(): InstanceSpec {
    return this.#instance.spec;
  }

  get version(): string {
    return this.#instance.version;
  }

  get exited(): Promise<string> {
    return this.#instance.exited;
  }

  get alive(): boolean {
    return this.#instance.alive;
  }

  clientFor(directory: string): OpencodeClient {
    return this.#instance.clientFor(directory);
  }

  modelFault(): ModelFault | null {
    return this.#instance.modelFault();
  }

  redact(text: string): string {
    return this.#instance.redact(text);
  }

  /** Ends the server, for all that use it. */
  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#instance[Symbol.asyncDispose]();
  }
}
