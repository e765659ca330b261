/** The folder of one demo: gone with it, except for what someone still wants to look at. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guardScratch, releaseScratch } from "@drover/processes";

export class DemoFolder implements AsyncDisposable {
  readonly path: string;
  readonly #kept = new Set<string>();

  private constructor(path: string) {
    this.path = path;
    guardScratch(path);
  }

  static async make(): Promise<DemoFolder> {
    return new DemoFolder(await mkdtemp(join(tmpdir(), "drover-demo-")));
  }

  /** Lets `name` beneath it stay. */
  keep(name: "workspaces" | "logs"): void {
    this.#kept.add(name);
    releaseScratch(this.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const names = this.#kept.size === 0 ? [""] : await readdir(this.path);
    for (const name of names.filter((each) => !this.#kept.has(each))) {
      await rm(join(this.path, name), { recursive: true, force: true, maxRetries: 3 });
    }
    releaseScratch(this.path);
  }
}
