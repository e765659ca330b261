/**
 * Whether branches merge, without touching any of them: git merges in memory, within the worker's own record, where no merge
 * driver of the repository is known.
 */
import type { OpenCodeOutput } from "@drover/contracts";
import { zeroSeparated } from "../workspace/run-git.ts";
import type { ShadowRepository } from "../workspace/shadow-repository.ts";

export type MergeVerdict = NonNullable<OpenCodeOutput["merge"]>;

/** Further paths in conflict are not told. */
const conflictsMax = 200;

/** What a merge of two commits comes to. Histories without a common commit do not merge, and name no paths. */
export async function mergeVerdict(
  shadow: ShadowRepository,
  ours: string,
  theirs: string,
  signal: AbortSignal,
): Promise<MergeVerdict> {
  const related = await shadow.git(["merge-base", ours, theirs], { codes: [1], signal });
  if (related.code === 1) return { clean: false, conflicts: [] };
  const how = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z"];
  const { code, stdout } = await shadow.git([...how, ours, theirs], { codes: [1], signal });
  // The first is the name of the merged tree.
  const [, ...conflicts] = zeroSeparated(stdout);
  return { clean: code === 0, conflicts: code === 0 ? [] : conflicts.slice(0, conflictsMax) };
}
