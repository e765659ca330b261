/** How it is told what a task changed in its workspace. */
import type { Artifact, OpenCodeOutput } from "@drover/contracts";
import type { ChangedFile } from "./changed-files.ts";

export interface WorkspaceChanges {
  readonly files: readonly ChangedFile[];
  readonly artifacts: readonly Artifact[];
  /** Something was cut to stay within the limits, or cannot be told. */
  readonly truncated: boolean;
  /** Where it was a work tree's: its branch, and what that merges with. */
  readonly tree?: TreeOutput;
}

export type TreeOutput = Pick<OpenCodeOutput, "branch" | "base" | "merge" | "conflicts_with">;

/** Where the work was done. */
export interface TaskSession {
  readonly sessionId: string;
  /** The messages by which the task gave its work, oldest first. */
  readonly promptIds: readonly string[];
}

export interface ChangeRecord {
  /**
   * Notes the state from before the task, and answers what names it. For a further attempt it is the state from before the
   * first one, so that what a failed attempt left is not lost from the result.
   */
  begin(taskId: string, signal: AbortSignal): Promise<string>;
  /** @param before what `begin` answered */
  changesSince(before: string, signal: AbortSignal, session: TaskSession): Promise<WorkspaceChanges>;
}
