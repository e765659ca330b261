/** `approval`: asks a person, and waits until somebody decides or the deadline passes. */
import { type Approval, approvalFields } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import type { Approvals } from "@drover/queue";
import { answerOf, type ControlOutcome, type ControlStep, type ControlTask } from "./control-step.ts";
import { parseParameters } from "./parse-parameters.ts";

export class ApprovalStep implements ControlStep {
  readonly action = "approval";
  readonly #approvals: Approvals;

  constructor(approvals: Approvals) {
    this.#approvals = approvals;
  }

  async advance({ claim, run, instance, parameters, redo }: ControlTask): Promise<ControlOutcome> {
    const fields = parseParameters(approvalFields, parameters);
    const asked = await this.#approvals.ask(claim, {
      key: "approval",
      kind: "approval",
      message: fields.message,
      data: { workflow: run.spec.definition.name, step: instance },
      approvers: fields.approvers ?? null,
      deadlineMs: Date.now() + fields.deadline_seconds * 1000,
      defaultDecision: fields.default,
      redo,
    });
    return asked.kind === "closed" ? outcomeOf(asked.approval) : asked;
  }
}

function outcomeOf(approval: Approval): ControlOutcome {
  const { decision, comment, decided_by, decided_at, status } = approval;
  if (status === "cancelled") return { kind: "cancelled" };
  if (decision === "allow") {
    return { kind: "completed", result: answerOf({ decision, comment, decided_by, decided_at }) };
  }
  if (status === "expired") {
    const message = `Nobody decided before ${approval.deadline}, which counts as a denial.`;
    throw new PermanentFailure("approval_expired", message);
  }
  const words = comment === null ? "." : `: ${comment}`;
  throw new PermanentFailure("approval_denied", `${decided_by ?? "Somebody"} denied it${words}`);
}
