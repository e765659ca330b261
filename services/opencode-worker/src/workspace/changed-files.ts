/** What changed between two snapshots, as the contract words it. */
import type { OpenCodeOutput } from "@drover/contracts";
import { zeroSeparated } from "./run-git.ts";
import type { ShadowRepository } from "./shadow-repository.ts";
import { splitPatch } from "./split-patch.ts";

export type ChangedFile = OpenCodeOutput["files"][number];

/** A changed file and the blob that it is now; null where it is no regular file any more. */
export interface FileChange {
  readonly file: ChangedFile;
  readonly blob: string | null;
}

export interface Changes {
  readonly changes: readonly FileChange[];
  /** Something was cut to stay within the limits. */
  readonly truncated: boolean;
}

const filesMax = 2_000;
const patchCharactersMax = 256 * 1024;
const patchesBytesMax = 4 * 1024 * 1024;
const cutNote = "\n(The patch is longer; the rest was cut.)\n";

const rawEntry = /^:\d{6} (?<mode>\d{6}) [0-9a-f]{40} (?<blob>[0-9a-f]{40}) (?<status>[A-Z])/;
const statusNames: Readonly<Record<string, ChangedFile["status"]>> = { A: "added", D: "deleted" };

export async function changesBetween(
  shadow: ShadowRepository,
  before: string,
  after: string,
  signal: AbortSignal,
): Promise<Changes> {
  if (before === after) return { changes: [], truncated: false };
  const compare = ["diff-tree", "-r", "--no-renames", "--no-ext-diff", "--no-textconv"];
  const trees = [before, after];
  const [raw, numbers, patches] = await Promise.all([
    shadow.git([...compare, "--raw", "-z", "--abbrev=40", ...trees], { signal }),
    shadow.git([...compare, "--numstat", "-z", ...trees], { signal }),
    shadow.git([...compare, "--patch", ...trees], { signal, outputBytesMax: patchesBytesMax }),
  ]);
  const counts = lineCounts(zeroSeparated(numbers.stdout));
  const patchOf = splitPatch(patches.stdout.toString("utf8"));
  const entries = rawEntries(zeroSeparated(raw.stdout));
  let truncated = patches.truncated || entries.length > filesMax;
  const changes = entries.slice(0, filesMax).map(({ path, status, mode, blob }): FileChange => {
    const whole = patchOf.get(path) ?? "";
    const cut = whole.length > patchCharactersMax;
    truncated ||= cut;
    return {
      file: {
        path,
        status: statusNames[status] ?? "modified",
        additions: counts.get(path)?.additions ?? 0,
        deletions: counts.get(path)?.deletions ?? 0,
        patch: cut ? whole.slice(0, patchCharactersMax) + cutNote : whole,
      },
      blob: mode.startsWith("100") ? blob : null,
    };
  });
  return { changes, truncated };
}

/** Only which paths differ. */
export async function changedPaths(
  shadow: ShadowRepository,
  before: string,
  after: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const compare = ["diff-tree", "-r", "--no-renames", "--name-only", "-z", before, after];
  return zeroSeparated((await shadow.git(compare, { signal })).stdout);
}

interface RawEntry {
  readonly path: string;
  readonly status: string;
  readonly mode: string;
  readonly blob: string;
}

/** `:<mode> <mode> <blob> <blob> <status>` NUL `<path>` NUL … */
function rawEntries(fields: readonly string[]): RawEntry[] {
  const entries: RawEntry[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const { mode = "", blob = "", status = "" } = rawEntry.exec(fields[index] ?? "")?.groups ?? {};
    const path = fields[index + 1];
    if (path !== undefined && status !== "") entries.push({ path, status, mode, blob });
  }
  return entries;
}

/** `<additions>` TAB `<deletions>` TAB `<path>`; both are `-` for a binary file. */
function lineCounts(rows: readonly string[]): Map<string, { additions: number; deletions: number }> {
  const counts = new Map<string, { additions: number; deletions: number }>();
  for (const row of rows) {
    const [additions = "", deletions = "", ...path] = row.split("\t");
    counts.set(path.join("\t"), { additions: Number(additions) || 0, deletions: Number(deletions) || 0 });
  }
  return counts;
}
