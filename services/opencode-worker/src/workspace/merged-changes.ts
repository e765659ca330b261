/** The result of a task, put together from what its sessions changed one after the other. */
import { type Artifact, artifactInlineBytesMax } from "@drover/contracts";
import type { WorkspaceChanges } from "./change-record.ts";
import type { ChangedFile } from "./changed-files.ts";
import { mediaType } from "./media-type.ts";
import { contentAfter, readWholePatch, shortHunks } from "./whole-patch.ts";

/** One file as OpenCode tells it: `patch` is empty for what is no text. */
export interface FileDiff {
  readonly file: string;
  readonly patch: string;
  readonly additions: number;
  readonly deletions: number;
  readonly status: ChangedFile["status"];
}

const filesMax = 2_000;
const patchCharactersMax = 256 * 1024;
const patchesCharactersMax = 4 * 1024 * 1024;
const artifactsMax = 100;
const artifactsBytesMax = 4 * 1024 * 1024;
const nameLengthMax = 512;
const cutNote = "\n(The patch is longer; the rest was cut.)\n";

interface Change {
  readonly file: ChangedFile;
  /** What the file holds now; null where it is gone, or no text. */
  readonly content: string | null;
}

/** @param diffs oldest first */
export function mergedChanges(
  diffs: readonly FileDiff[],
  redact: (text: string) => string,
): WorkspaceChanges {
  const changes = new Map<string, Change>();
  for (const diff of diffs) {
    const merged = merge(changes.get(diff.file), changeOf(diff, redact));
    if (merged === null) changes.delete(diff.file);
    else changes.set(diff.file, merged);
  }
  const all = [...changes.values()].sort((a, b) => (a.file.path < b.file.path ? -1 : 1));
  let truncated = all.length > filesMax;
  let total = 0;
  const files = all.slice(0, filesMax).map(({ file }): ChangedFile => {
    const room = Math.min(patchCharactersMax, patchesCharactersMax - total);
    total += Math.min(file.patch.length, room);
    if (file.patch.length <= room) return file;
    truncated = true;
    return { ...file, patch: file.patch.slice(0, room) + cutNote };
  });
  const collected = artifactsOf(all);
  return { files, artifacts: collected.artifacts, truncated: truncated || collected.truncated };
}

function changeOf(diff: FileDiff, redact: (text: string) => string): Change {
  const whole = readWholePatch(diff.patch);
  const { file: path, status, additions, deletions } = diff;
  const from = status === "added" ? "/dev/null" : `a/${path}`;
  const to = status === "deleted" ? "/dev/null" : `b/${path}`;
  const mode =
    status === "added" ? "new file mode 100644\n" : status === "deleted" ? "deleted file mode 100644\n" : "";
  const patch =
    whole === null
      ? diff.patch
      : `diff --git a/${path} b/${path}\n${mode}--- ${from}\n+++ ${to}\n${shortHunks(whole)}`;
  return {
    file: { path, status, additions, deletions, patch: redact(patch) },
    content: whole === null || status === "deleted" ? null : redact(contentAfter(whole)),
  };
}

/** Null: it came and went. */
function merge(before: Change | undefined, next: Change): Change | null {
  if (before === undefined) return next;
  const [was, is] = [before.file.status, next.file.status];
  if (was === "added" && is === "deleted") return null;
  const status = was === "added" ? "added" : is === "deleted" ? "deleted" : "modified";
  return {
    file: {
      path: next.file.path,
      status,
      additions: before.file.additions + next.file.additions,
      deletions: before.file.deletions + next.file.deletions,
      patch: before.file.patch + next.file.patch,
    },
    content: next.content,
  };
}

function artifactsOf(changes: readonly Change[]): { artifacts: Artifact[]; truncated: boolean } {
  const artifacts: Artifact[] = [];
  let [total, truncated] = [0, false];
  for (const { file, content } of changes) {
    if (content === null || file.path.length > nameLengthMax) continue;
    const sizeBytes = Buffer.byteLength(content);
    if (
      sizeBytes > artifactInlineBytesMax ||
      artifacts.length >= artifactsMax ||
      total + sizeBytes > artifactsBytesMax
    ) {
      truncated = true;
      continue;
    }
    total += sizeBytes;
    artifacts.push({ name: file.path, media_type: mediaType(file.path), size_bytes: sizeBytes, content });
  }
  return { artifacts, truncated };
}
