/** Finds entries by kind, tag and words, those whose name or tags fit first. */
import type { CatalogueEntry } from "@drover/contracts";

/** What is absent narrows nothing. */
export interface EntrySearch {
  readonly kind?: string | undefined;
  readonly tag?: string | undefined;
  /** Words that must all be found. */
  readonly text?: string | undefined;
}

export function searchEntries(
  entries: readonly CatalogueEntry[],
  { kind, tag, text = "" }: EntrySearch,
): CatalogueEntry[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return entries
    .filter((entry) => kind === undefined || entry.kind === kind)
    .filter((entry) => tag === undefined || entry.tags.includes(tag))
    .map((entry) => ({ entry, points: words.map((word) => pointsOf(entry, word)) }))
    .filter(({ points }) => !points.includes(0))
    .map(({ entry, points }) => ({ entry, score: points.reduce((sum, more) => sum + more, 0) }))
    .sort((a, b) => b.score - a.score || a.entry.name.localeCompare(b.entry.name, "en"))
    .map(({ entry }) => entry);
}

/** 0: the word is found nowhere. */
function pointsOf(entry: CatalogueEntry, word: string): number {
  if (entry.name === word) return 8;
  if (entry.name.includes(word)) return 4;
  if (entry.tags.some((tag) => tag.includes(word))) return 2;
  return entry.description.toLowerCase().includes(word) ? 1 : 0;
}
