/** Approvals: asked for by a task that waits, listed, and decided once. */

import {
  type Approval,
  type ApprovalDecision,
  type ApprovalKind,
  type Decision,
  deriveId,
  type Payload,
} from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { z } from "zod";
import { type ApprovalSpec, parseApproval } from "./approval-row.ts";
import { onAnyShard, type Page, type PageRequest, readPage } from "./index-page.ts";
import { repliesOf } from "./replies-of.ts";
import { askApprovalScript } from "./scripts/ask-approval.ts";
import { decideApprovalScript } from "./scripts/decide-approval.ts";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";
import type { TaskClaim } from "./task-claim.ts";
import { asFields } from "./task-ledger.ts";
import type { WaitsFor } from "./waits-for.ts";
import { wakeTask } from "./wake-task.ts";

export type ApprovalSearch = Partial<
  Record<"status" | "workflow" | "task" | "workspace" | "organization", string>
>;

/** What a task asks. */
export interface Question {
  /** Tells the questions of a task apart: the same key again is the same question. */
  readonly key: string;
  readonly kind: ApprovalKind;
  readonly message: string;
  readonly data: Payload;
  /** Principals by id, or roles by name; null: whoever may decide approvals there. */
  readonly approvers: readonly string[] | null;
  readonly deadlineMs: number;
  readonly defaultDecision: Decision;
  /** How often the task had been opened again. */
  readonly redo: number;
}

export type Asked =
  /** The task waits for it, and nobody holds the task. */
  | { readonly kind: "waiting"; readonly untilMs: number }
  /** Decided, expired, or cancelled. */
  | { readonly kind: "closed"; readonly approval: Approval }
  /** The task has another holder, or has ended. */
  | { readonly kind: "stale" };

const askReply = z.enum(["stale", "final", "waiting", "closed"]);
const decideReply = z.enum(["missing", "open", "overdue", "allowed", "denied", "expired", "cancelled"]);

export class Approvals {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async find(id: string): Promise<Approval | null> {
    return (await this.#locate(id))?.approval ?? null;
  }

  async list(request: PageRequest & { search: ApprovalSearch }): Promise<Page<Approval>> {
    const { search } = request;
    const searching = Object.keys(search).length > 0;
    return await readPage(this.#store, "approvals", request, {
      load: (ids) => this.#rows(ids),
      matches: searching ? (approval) => matches(approval, search) : null,
      show: async (approvals) => approvals,
    });
  }

  /**
   * Asks once, and lets the task of `claim` wait until it is decided or its deadline has passed. From then on the claim is
   * worth nothing: the task is claimed anew when it goes on.
   */
  async ask(claim: TaskClaim, question: Question): Promise<Asked> {
    const { shard } = claim;
    const spec = specOf(claim, question);
    const waitsFor: WaitsFor = {
      kind: "approval",
      id: spec.id,
      until: spec.deadline,
      redo: question.redo,
    };
    const event = {
      approval_id: spec.id,
      message: spec.message,
      deadline: spec.deadline,
      approvers: spec.approvers,
    };
    const reply = askReply.parse(
      await this.#store.scripts.run(
        askApprovalScript,
        [shard.task(claim.spec.id)],
        [
          shard.prefix,
          claim.spec.id,
          claim.epoch,
          spec.id,
          JSON.stringify(spec),
          question.deadlineMs,
          spec.default_decision,
          spec.requested_at,
          Date.now(),
          JSON.stringify(waitsFor),
          JSON.stringify(event),
        ],
      ),
    );
    if (reply === "stale" || reply === "final") return { kind: "stale" };
    const approval = await this.#read(shard, spec.id);
    if (approval === null) return { kind: "stale" };
    if (reply === "waiting") return { kind: "waiting", untilMs: Date.parse(approval.deadline) };
    return { kind: "closed", approval };
  }

  /**
   * Decides it, once, and wakes the task that waits for it.
   * @throws DroverError not_found, already_decided, approval_expired, already_final when its task ended without it
   */
  async decide(id: string, decided: ApprovalDecision, by: string): Promise<Approval> {
    const located = await this.#locate(id);
    if (located === null) throw new DroverError("not_found");
    const { shard, approval } = located;
    const now = new Date();
    const status = decided.decision === "allow" ? "allowed" : "denied";
    const event = {
      approval_id: id,
      status,
      decision: decided.decision,
      decided_by: by,
      ...(decided.comment === undefined ? {} : { comment: decided.comment }),
    };
    const reply = decideReply.parse(
      await this.#store.scripts.run(
        decideApprovalScript,
        [shard.task(approval.task_id)],
        [
          shard.prefix,
          approval.task_id,
          id,
          decided.decision,
          status,
          by,
          now.toISOString(),
          now.getTime(),
          decided.comment ?? "",
          decided.remember ?? "",
          JSON.stringify(event),
        ],
      ),
    );
    if (reply !== "open") throw refusalOf(reply, approval);
    await this.#wake(shard, approval.task_id);
    const shown = await this.#read(shard, id);
    if (shown === null) throw new DroverError("not_found");
    return shown;
  }

  async #wake(shard: Shard, taskId: string): Promise<void> {
    const agent = await this.#store.redis.hget(shard.task(taskId), "agent");
    if (agent !== null) await wakeTask(this.#store, shard, agent, taskId);
  }

  async #read(shard: Shard, id: string): Promise<Approval | null> {
    return parseApproval(await this.#store.redis.hgetall(shard.approval(id)));
  }

  async #locate(id: string): Promise<{ shard: Shard; approval: Approval } | null> {
    return await onAnyShard(this.#store.keyspace, async (shard) => {
      const approval = await this.#read(shard, id);
      return approval === null ? null : { shard, approval };
    });
  }

  async #rows(ids: readonly string[]): Promise<(Approval | null)[]> {
    const found: (Approval | null)[] = ids.map(() => null);
    for (const shard of this.#store.keyspace.shards) {
      const pipeline = this.#store.redis.pipeline();
      for (const id of ids) pipeline.hgetall(shard.approval(id));
      const replies = await repliesOf(pipeline);
      for (const [position, fields] of replies.entries()) {
        const approval = parseApproval(asFields(fields));
        if (approval !== null) found[position] = approval;
      }
    }
    return found;
  }
}

function specOf({ spec }: TaskClaim, question: Question): ApprovalSpec {
  return {
    id: deriveId("approval", spec.id, `${question.key}#${question.redo}`),
    kind: question.kind,
    task_id: spec.id,
    workflow_id: spec.workflow_id,
    step_id: spec.step_id,
    organization_id: spec.organization_id,
    workspace_id: spec.workspace_id,
    message: question.message,
    data: question.data,
    approvers: question.approvers === null ? null : [...question.approvers],
    requested_at: new Date().toISOString(),
    deadline: new Date(question.deadlineMs).toISOString(),
    default_decision: question.defaultDecision,
  };
}

/** What stands in the way of a decision. */
function refusalOf(
  was: Exclude<z.infer<typeof decideReply>, "open">,
  { decided_by: by, deadline }: Approval,
): DroverError {
  switch (was) {
    case "missing":
      return new DroverError("not_found");
    case "overdue":
    case "expired":
      return new DroverError("approval_expired", { detail: `The deadline was ${deadline}.` });
    case "cancelled":
      return new DroverError("already_final", { detail: "The task that asked has ended without it." });
    case "allowed":
    case "denied":
      return new DroverError("already_decided", {
        detail: by === null ? `It was ${was}.` : `It was ${was} by ${by}.`,
      });
  }
}

function matches(approval: Approval, search: ApprovalSearch): boolean {
  const values: Record<string, string | null> = {
    status: approval.status,
    workflow: approval.workflow_id,
    task: approval.task_id,
    workspace: approval.workspace_id,
    organization: approval.organization_id,
  };
  return Object.entries(search).every(([key, wanted]) => values[key] === wanted);
}
