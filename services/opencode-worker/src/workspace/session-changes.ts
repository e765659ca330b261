/**
 * What a task changed in a workspace whose files the worker does not have: asked of OpenCode, which takes a snapshot before
 * and after each step of a session. Where it has none (they are switched off, or fail), the state of the repository before
 * and after is compared. Of a folder that is no git repository nothing can be told.
 */
import { createHash } from "node:crypto";
import { workspacePath } from "@drover/contracts";
import type { OpencodeClient } from "@opencode-ai/sdk/v2";
import { z } from "zod";
import { askInstance } from "../instance/ask-instance.ts";
import type { ChangeRecord, TaskSession, WorkspaceChanges } from "./change-record.ts";
import { type FileDiff, mergedChanges } from "./merged-changes.ts";

export interface SessionChangesParts {
  readonly client: OpencodeClient;
  /** Whether the workspace is a git repository. */
  readonly versioned: boolean;
  readonly redact: (text: string) => string;
}

const fileDiff = z.object({
  file: workspacePath,
  patch: z.string().default(""),
  additions: z.number().int().min(0),
  deletions: z.number().int().min(0),
  status: z.enum(["added", "modified", "deleted"]).default("modified"),
});
/** Sessions of a task: one for each attempt, as a rule. */
const sessionsMax = 50;

export class SessionChanges implements ChangeRecord {
  readonly #parts: SessionChangesParts;
  /** By path; null: it is not known. */
  #stateBefore: ReadonlyMap<string, string> | null = null;

  constructor(parts: SessionChangesParts) {
    this.#parts = parts;
  }

  /** The task itself names the state: its sessions carry its id in their titles. */
  async begin(taskId: string): Promise<string> {
    if (!this.#parts.versioned) return taskId;
    const found = await this.#uncommitted().catch(() => null);
    this.#stateBefore = found === null ? null : new Map(found.map((diff) => [diff.file, digest(diff)]));
    return taskId;
  }

  async changesSince(taskId: string, _signal: AbortSignal, session: TaskSession): Promise<WorkspaceChanges> {
    const { versioned, redact } = this.#parts;
    if (!versioned) return { files: [], artifacts: [], truncated: true };
    const diffs = await this.#ofSessions(taskId, session);
    return mergedChanges(diffs.length > 0 ? diffs : await this.#sinceBefore(), redact);
  }

  async #ofSessions(taskId: string, present: TaskSession): Promise<FileDiff[]> {
    const { session } = this.#parts.client;
    const found = await askInstance("find the sessions of the task", (signal) =>
      session.list({ search: taskId, limit: sessionsMax }, { signal }),
    );
    const earlier = found
      .filter(({ id, title }) => id !== present.sessionId && title.includes(taskId))
      .sort((one, other) => one.time.created - other.time.created);
    const diffs: FileDiff[] = [];
    for (const { id } of earlier) {
      const messages = await askInstance("show the messages of an earlier attempt", (signal) =>
        session.messages({ sessionID: id }, { signal }),
      );
      const prompts = messages.flatMap(({ info }) => (info.role === "user" ? [info.id] : []));
      diffs.push(...(await this.#ofPrompts({ sessionId: id, promptIds: prompts })));
    }
    return [...diffs, ...(await this.#ofPrompts(present))];
  }

  async #ofPrompts({ sessionId, promptIds }: TaskSession): Promise<FileDiff[]> {
    const { session } = this.#parts.client;
    const diffs: FileDiff[] = [];
    for (const messageId of promptIds) {
      const found = await askInstance("tell what was changed", (signal) =>
        session.diff({ sessionID: sessionId, messageID: messageId }, { signal }),
      );
      diffs.push(...understood(found));
    }
    return diffs;
  }

  async #sinceBefore(): Promise<FileDiff[]> {
    const before = this.#stateBefore;
    if (before === null) return [];
    const now = await this.#uncommitted();
    return now.filter((diff) => before.get(diff.file) !== digest(diff));
  }

  /** How the folder differs from its last commit, files that git does not know included. */
  async #uncommitted(): Promise<FileDiff[]> {
    const { vcs } = this.#parts.client;
    const found = await askInstance("compare the repository", (signal) =>
      vcs.diff({ mode: "git" }, { signal }),
    );
    return understood(found);
  }
}

function digest({ status, patch }: FileDiff): string {
  return createHash("sha256").update(`${status}\n${patch}`).digest("base64");
}

/** What lies outside of the workspace, and what makes no sense, is left out. */
function understood(found: readonly unknown[]): FileDiff[] {
  return found.flatMap((one) => fileDiff.safeParse(one).data ?? []);
}
