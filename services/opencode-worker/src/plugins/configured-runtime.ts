/** A runtime whose servers have what Drover plugs into their workspace: it lies in their config folder before they start. */
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Logger } from "@drover/observability";
import { configurationFolder, stateFolder } from "../instance/instance-folders.ts";
import type { Instance, InstanceRuntime, InstanceSpec } from "../instance/instance-runtime.ts";
import type { PackageStore } from "./package-store.ts";
import { seedProject } from "./project-config.ts";
import { workspaceConfig } from "./workspace-config.ts";

export interface ConfiguredRuntimeOptions {
  readonly inner: InstanceRuntime;
  /** Holds the private folders of every instance. */
  readonly workerFolder: string;
  readonly packages: PackageStore;
  readonly logger: Logger;
}

export class ConfiguredRuntime implements InstanceRuntime {
  readonly #options: ConfiguredRuntimeOptions;

  constructor(options: ConfiguredRuntimeOptions) {
    this.#options = options;
  }

  /** @throws PermanentFailure or RetryableFailure `plugin_unavailable` when a package is not what was pinned, or not to be had */
  async start(spec: InstanceSpec, signal: AbortSignal): Promise<Instance> {
    const { inner, logger } = this.#options;
    // One elsewhere has its configuration where it is.
    if (spec.registration?.runtime !== "remote") {
      await this.#write(spec, signal);
      if (spec.registration?.trusted === true) await seedProject(spec.directory, logger);
    }
    return await inner.start(spec, signal);
  }

  async #write(spec: InstanceSpec, signal: AbortSignal): Promise<void> {
    const { workerFolder, packages } = this.#options;
    const folder = configurationFolder(stateFolder(workerFolder, spec));
    const config = workspaceConfig(spec.configuration?.settings ?? []);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const [path, text] of config.files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const plugin: string[] = [];
    for (const wanted of config.packages) {
      const { path, entry } = await packages.provide(wanted, signal);
      await cp(path, join(folder, "packages", wanted.folder), { recursive: true });
      plugin.push(`./packages/${wanted.folder}/${entry}`);
    }
    // An empty list would take those of a trusted repository out of what OpenCode tells.
    const settings = plugin.length === 0 ? config.settings : { ...config.settings, plugin };
    await writeFile(join(folder, "opencode.json"), JSON.stringify(settings));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.inner[Symbol.asyncDispose]();
  }
}
