/** npm packages, fetched once by their pinned integrity and unpacked without running anything of theirs. */
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { CancelledFailure, PermanentFailure, RetryableFailure, toError } from "@drover/errors";
import pacote from "pacote";
import { z } from "zod";
import { linkedAbort } from "../waiting/linked-abort.ts";
import { untilAbort } from "../waiting/until-abort.ts";
import type { WantedPackage } from "./workspace-config.ts";

const fetchDeadlineMs = 60_000;

export interface ProvidedPackage {
  /** Folder of the unpacked package; not to be changed. */
  readonly path: string;
  /** The module to load, beneath it. */
  readonly entry: string;
}

export interface PackageStoreOptions {
  /** Holds what was fetched. */
  readonly folder: string;
  /** Base address of the npm registry; null: nothing can be fetched. */
  readonly registry: string | null;
}

const target: z.ZodType<string> = z.lazy(() =>
  z.union([
    z.string(),
    z
      .looseObject({ import: target.optional(), default: target.optional() })
      .transform((conditions, context) => {
        const chosen = conditions.import ?? conditions.default;
        if (chosen !== undefined) return chosen;
        context.addIssue({ code: "custom", message: "has no module to import" });
        return z.NEVER;
      }),
  ]),
);

const manifest = z.object({
  exports: z.union([z.looseObject({ ".": target }).transform((map) => map["."]), target]).optional(),
  module: z.string().optional(),
  main: z.string().optional(),
});

export class PackageStore {
  readonly #options: PackageStoreOptions;

  constructor(options: PackageStoreOptions) {
    this.#options = options;
  }

  /** @throws PermanentFailure or RetryableFailure `plugin_unavailable` */
  async provide(wanted: WantedPackage, signal: AbortSignal): Promise<ProvidedPackage> {
    const path = join(this.#options.folder, Buffer.from(wanted.integrity).toString("base64url"));
    const entry = await entryOf(path, wanted.pinned).catch(() => null);
    if (entry !== null) return { path, entry };
    await this.#fetch(wanted, path, signal);
    return { path, entry: await entryOf(path, wanted.pinned) };
  }

  /** Appears whole or not at all: it is unpacked beside its place. */
  async #fetch({ pinned, integrity }: WantedPackage, path: string, signal: AbortSignal): Promise<void> {
    const { folder, registry } = this.#options;
    if (registry === null)
      throw unavailable(pinned, "this worker has no npm registry: DROVER_PLUGIN_REGISTRY is not set");
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const scratch = await mkdtemp(join(folder, ".fetch-"));
    const abort = linkedAbort(signal);
    const timer = setTimeout(() => abort.abort(tooSlow(pinned)), fetchDeadlineMs);
    try {
      const cache = join(scratch, "cache");
      const unpacked = join(scratch, "package");
      const work = pacote.extract(pinned, unpacked, { integrity, registry, cache, fetchRetries: 1 });
      await untilAbort(work, abort.signal);
      await rm(path, { recursive: true, force: true });
      await rename(unpacked, path);
    } catch (error) {
      throw failureOf(pinned, error);
    } finally {
      clearTimeout(timer);
      abort[Symbol.dispose]();
      await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

async function entryOf(path: string, pinned: string): Promise<string> {
  const text = await readFile(join(path, "package.json"), "utf8");
  const parsed = manifest.safeParse(JSON.parse(text));
  const named = parsed.success ? (parsed.data.exports ?? parsed.data.module ?? parsed.data.main) : undefined;
  const entry = (named ?? "index.js").replace(/^\.\//, "");
  if (!parsed.success || entry.split("/").includes("..") || entry.startsWith("/"))
    throw unavailable(pinned, "its package.json names no module to load");
  return entry;
}

/** What is wrong with the package itself stays so; a registry may come back. */
function failureOf(pinned: string, error: unknown): Error {
  if (error instanceof RetryableFailure || error instanceof CancelledFailure) return error;
  const { message } = toError(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "EINTEGRITY") return unavailable(pinned, "the registry's is not the one that was pinned");
  if (code === "E404" || code === "ETARGET") return unavailable(pinned, "the registry does not have it");
  return new RetryableFailure("plugin_unavailable", `The plugin ${pinned} could not be fetched: ${message}`, {
    cause: error,
  });
}

function tooSlow(pinned: string): RetryableFailure {
  const seconds = fetchDeadlineMs / 1000;
  return new RetryableFailure(
    "plugin_unavailable",
    `The plugin ${pinned} did not come within ${seconds} seconds.`,
  );
}

function unavailable(pinned: string, reason: string): PermanentFailure {
  return new PermanentFailure("plugin_unavailable", `The plugin ${pinned} cannot be used: ${reason}.`);
}
