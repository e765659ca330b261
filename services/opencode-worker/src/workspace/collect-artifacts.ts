/** The text files that a task made or changed, as artifacts. Read from the snapshot: a link made meanwhile leads nowhere. */
import { type Artifact, artifactInlineBytesMax } from "@drover/contracts";
import type { FileChange } from "./changed-files.ts";
import { mediaType } from "./media-type.ts";
import type { ShadowRepository } from "./shadow-repository.ts";

const artifactsMax = 100;
const artifactsBytesMax = 4 * 1024 * 1024;
const nameLengthMax = 512;

export interface CollectedArtifacts {
  readonly artifacts: readonly Artifact[];
  /** A text file was left out because of a limit. */
  readonly truncated: boolean;
}

export async function collectArtifacts(
  shadow: ShadowRepository,
  changes: readonly FileChange[],
  signal: AbortSignal,
): Promise<CollectedArtifacts> {
  const candidates = changes.flatMap(({ file, blob }) =>
    blob !== null && file.status !== "deleted" && file.path.length <= nameLengthMax
      ? [{ path: file.path, blob }]
      : [],
  );
  const sizes = await sizesOf(shadow, candidates, signal);
  const chosen: typeof candidates = [];
  let total = 0;
  let truncated = false;
  for (const candidate of candidates) {
    const size = sizes.get(candidate.blob) ?? 0;
    const fits =
      size <= artifactInlineBytesMax && chosen.length < artifactsMax && total + size <= artifactsBytesMax;
    if (fits) {
      chosen.push(candidate);
      total += size;
    } else {
      truncated = true;
    }
  }
  const contents = await contentsOf(shadow, chosen, signal);
  const artifacts = chosen.flatMap(({ path, blob }): Artifact[] => {
    const bytes = contents.get(blob);
    const content = bytes === undefined ? null : textOf(bytes);
    if (bytes === undefined || content === null) return [];
    return [{ name: path, media_type: mediaType(path), size_bytes: bytes.length, content }];
  });
  return { artifacts, truncated };
}

const blobLines = (blobs: readonly { blob: string }[]) => blobs.map(({ blob }) => `${blob}\n`).join("");

async function sizesOf(
  shadow: ShadowRepository,
  blobs: readonly { blob: string }[],
  signal: AbortSignal,
): Promise<Map<string, number>> {
  if (blobs.length === 0) return new Map();
  const { stdout } = await shadow.git(["cat-file", "--batch-check"], { input: blobLines(blobs), signal });
  const rows = stdout.toString().split("\n");
  return new Map(rows.map((row) => row.split(" ")).map(([blob = "", , size]) => [blob, Number(size)]));
}

/** `<blob> blob <size>` LF `<content>` LF … */
async function contentsOf(
  shadow: ShadowRepository,
  blobs: readonly { blob: string }[],
  signal: AbortSignal,
): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  if (blobs.length === 0) return contents;
  const { stdout } = await shadow.git(["cat-file", "--batch"], { input: blobLines(blobs), signal });
  let position = 0;
  while (position < stdout.length) {
    const lineEnd = stdout.indexOf("\n", position);
    if (lineEnd === -1) break;
    const [blob = "", , size] = stdout.subarray(position, lineEnd).toString().split(" ");
    const start = lineEnd + 1;
    const end = start + (Number(size) || 0);
    contents.set(blob, stdout.subarray(start, end));
    position = end + 1;
  }
  return contents;
}

/** Null for what is no text. */
function textOf(bytes: Buffer): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
