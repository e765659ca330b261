/**
 * A submitted task → the task to accept: the rules that every call which submits tasks shares.
 *
 * Every fault of a submission is told at once.
 */
import { authorize, organizationFor, type Principal } from "@drover/access";
import {
  type AgentDescriptor,
  agentNamed,
  agentNames,
  agentSupporting,
  budgetFaults,
  payloadFaults,
  policyOf,
  splitPayload,
  supportedTypes,
  type TaskSubmission,
  worksApart,
} from "@drover/contracts";
import { DroverError, type Validation } from "@drover/errors";
import { currentTraceparent } from "@drover/observability";
import type { NewTask } from "@drover/queue";
import { namedWorkspace } from "@drover/workflow";

/** @throws DroverError unsupported_type, validation_failed */
function agentOf(submission: TaskSubmission): AgentDescriptor {
  if (submission.agent !== undefined) {
    const agent = agentNamed(submission.agent);
    if (agent === undefined) {
      const detail = `there is no agent "${submission.agent}"; there are ${agentNames.join(", ")}`;
      throw new DroverError("validation_failed", { validations: [{ field: "agent", detail }] });
    }
    if (agent.supports.includes(submission.type)) return agent;
    throw unsupportedType(`${agent.name} supports ${agent.supports.join(", ")}`);
  }
  const agent = agentSupporting(submission.type);
  if (agent === undefined) throw unsupportedType(`the known types are ${supportedTypes.join(", ")}`);
  return agent;
}

export function unsupportedType(detail: string): DroverError {
  return new DroverError("unsupported_type", { validations: [{ field: "type", detail }] });
}

function workspaceFaults(
  agent: AgentDescriptor,
  named: string | undefined,
  inPayload: string | undefined,
): Validation[] {
  if (named !== undefined && inPayload !== undefined && named !== inPayload) {
    return [
      { field: "workspace_id", detail: `"${named}" differs from payload.context.workspace_id` },
      { field: "payload.context.workspace_id", detail: `"${inPayload}" differs from workspace_id` },
    ];
  }
  if (agent.workspace === "required" && named === undefined && inPayload === undefined) {
    return [{ field: "workspace_id", detail: `is required by ${agent.name}` }];
  }
  return [];
}

/**
 * @param id of the task to be
 * @throws DroverError unsupported_type, validation_failed, forbidden
 */
export function completeSubmission(principal: Principal, submission: TaskSubmission, id: string): NewTask {
  const agent = agentOf(submission);
  const { action, fields } = splitPayload(submission.payload);
  const inPayload = namedWorkspace(submission.payload);
  const secretFaults: Validation[] =
    (submission.secrets ?? []).length === 0
      ? []
      : [{ field: "secrets", detail: "are not served by this version" }];
  const validations = [
    ...payloadFaults(agent, action, fields, "payload"),
    ...workspaceFaults(agent, submission.workspace_id, inPayload),
    ...budgetFaults(agent, submission.budget, "budget"),
    ...secretFaults,
  ];
  if (validations.length > 0) throw new DroverError("validation_failed", { validations });

  const workspaceId = submission.workspace_id ?? inPayload ?? null;
  const organizationId = organizationFor(principal, submission.organization_id);
  authorize(principal, "task:create", { organizationId, workspaceId });
  return {
    id,
    agent: agent.name,
    type: submission.type,
    payload: submission.payload,
    organizationId,
    workspaceId,
    priority: submission.priority ?? "normal",
    ...policyOf(agent, action, submission),
    delaySeconds: submission.delay_seconds ?? 0,
    labels: submission.labels ?? {},
    createdBy: principal.id,
    traceparent: currentTraceparent(),
    step: null,
    apart: worksApart(agent, submission.payload),
  };
}
