/** A catalogue of plugins in a folder: read, verified and searched. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CatalogueEntry } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import type { CatalogueIndex } from "./catalogue-index.ts";
import type { CatalogueKeys } from "./catalogue-keys.ts";
import { type EntrySearch, searchEntries } from "./search-entries.ts";
import { verifyIndex } from "./verify-index.ts";

/** How long an index that was verified is used before its files are looked at again. */
const keptMs = 60_000;
const indexFile = "index.json";
const signatureFile = "index.sig.json";

export interface CatalogueOptions {
  /** Holds `index.json` and `index.sig.json`. */
  readonly folder: string;
  readonly keys: CatalogueKeys;
  /**
   * Notes the sequence number of an index whose signature fits, and answers the highest that was ever noted: what keeps an old
   * index from coming back.
   */
  readonly noteSequence: (sequence: number) => Promise<number>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export class Catalogue {
  readonly #options: CatalogueOptions;
  readonly #now: () => number;
  #kept: { readonly index: CatalogueIndex; readonly untilMs: number } | null = null;

  constructor(options: CatalogueOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** @throws DroverError catalogue_unavailable */
  async search(search: EntrySearch): Promise<CatalogueEntry[]> {
    return searchEntries((await this.#index()).entries, search);
  }

  /**
   * @param reference `name`, for its newest version, or `name@1.2.3`
   * @returns null when there is none
   * @throws DroverError catalogue_unavailable
   */
  async find(reference: string): Promise<CatalogueEntry | null> {
    const [name, version] = reference.split("@");
    const { entries } = await this.#index();
    const [found] = entries
      .filter((entry) => entry.name === name && (version === undefined || entry.version === version))
      .sort((a, b) => b.version.localeCompare(a.version, "en", { numeric: true }));
    return found ?? null;
  }

  async #index(): Promise<CatalogueIndex> {
    if (this.#kept !== null && this.#kept.untilMs > this.#now()) return this.#kept.index;
    const { folder, keys, noteSequence } = this.#options;
    const [index, signature] = await Promise.all([
      readFile(join(folder, indexFile)),
      readFile(join(folder, signatureFile), "utf8").catch(() => ""),
    ]).catch((cause: unknown) => {
      throw new DroverError("catalogue_unavailable", { detail: "The catalogue has no index.", cause });
    });
    const files = { index, signature };
    const nowMs = this.#now();
    const { sequence } = verifyIndex(files, { keys, nowMs, sequenceSeen: 0 });
    const trusted = verifyIndex(files, { keys, nowMs, sequenceSeen: await noteSequence(sequence) });
    this.#kept = { index: trusted, untilMs: nowMs + keptMs };
    return trusted;
  }
}
