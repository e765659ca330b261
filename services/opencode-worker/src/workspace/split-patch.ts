/** One long patch of git, taken apart into the patches of its files. */

const headerStart = "diff --git ";

/**
 * By path. Within a patch no line of content starts like a header, as each has a mark before it. Names that git puts in
 * quotes (they hold control characters) are left out.
 */
export function splitPatch(patch: string): Map<string, string> {
  const patches = new Map<string, string>();
  for (const piece of patch.split(/^(?=diff --git )/m)) {
    const path = pathOf(piece);
    if (path !== null) patches.set(path, (patches.get(path) ?? "") + piece);
  }
  return patches;
}

/** The header names the path twice, `a/<path> b/<path>`: without renames both are the same, so half of it is the path. */
function pathOf(piece: string): string | null {
  if (!piece.startsWith(headerStart)) return null;
  const end = piece.indexOf("\n");
  const names = piece.slice(headerStart.length, end === -1 ? undefined : end);
  const length = (names.length - "a/ b/".length) / 2;
  const path = names.slice(2, 2 + length);
  return names === `a/${path} b/${path}` ? path : null;
}
