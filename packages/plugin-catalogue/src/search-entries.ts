/** Finds entries by words and terms, those whose name or tags fit first. */
import type { CatalogueEntry } from "@drover/contracts";

export function searchEntries(entries: readonly CatalogueEntry[], q: string): CatalogueEntry[] {
  const words = q
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return entries
    .map((entry) => ({ entry, score: score(entry, words) }))
    .filter(({ score }) => score !== null)
    .sort((a, b) => (b.score ?? 0) - (a.score ?? 0) || (a.entry.name < b.entry.name ? -1 : 1))
    .map(({ entry }) => entry);
}

/** Null: some word is found nowhere. */
function score(entry: CatalogueEntry, words: readonly string[]): number | null {
  let total = 0;
  for (const word of words) {
    const points = scoreOf(entry, word);
    if (points === 0) return null;
    total += points;
  }
  return total;
}

function scoreOf(entry: CatalogueEntry, word: string): number {
  if (word.startsWith("kind:")) return entry.kind === word.slice("kind:".length) ? 1 : 0;
  if (word.startsWith("tag:")) return entry.tags.includes(word.slice("tag:".length)) ? 1 : 0;
  if (entry.name === word) return 8;
  if (entry.name.includes(word)) return 4;
  if (entry.tags.some((tag) => tag.includes(word))) return 2;
  return entry.description.toLowerCase().includes(word) ? 1 : 0;
}
