/**
 * Turns a goal into a workflow: a task for the `agentzero` agent, whose result the caller waits for. The plan is checked here
 * like a workflow that a person posts, and run if asked.
 */
import { authorize, organizationFor } from "@drover/access";
import { agentZero, composeWorkflow, type Plan, plan as planSchema, type Task } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { requireRoom } from "@drover/queue";
import { answering } from "../../routing/route.ts";
import { acceptTask } from "../../submission/accept-task.ts";
import { checkWorkflow } from "../../submission/check-workflow.ts";
import { waitForTask } from "../tasks/find-task.ts";

const planningSecondsMax = 60;

/** The plan of a final task. @throws DroverError planning_failed, planning_timeout */
function planOf(task: Task): Plan {
  if (task.status === "completed") {
    const parsed = planSchema.safeParse(task.result?.output);
    if (parsed.success) return parsed.data;
    throw new DroverError("planning_failed", { detail: "The planner's answer is not a plan." });
  }
  if (task.status === "failed" && task.error?.code === "timed_out") {
    throw new DroverError("planning_timeout", { detail: task.error.message, retryAfterMs: 10_000 });
  }
  if (task.status === "failed") {
    throw new DroverError("planning_failed", { detail: task.error?.message ?? "The planner failed." });
  }
  if (task.status === "cancelled") {
    throw new DroverError("planning_failed", { detail: "The planning was cancelled." });
  }
  throw new DroverError("planning_timeout", {
    detail: `There is no plan after ${planningSecondsMax} seconds; ${task.id} is ${task.status}.`,
    retryAfterMs: 10_000,
  });
}

/** A plan that is not a valid workflow is the planner's fault, not the caller's. */
function asPlanFault(error: unknown): unknown {
  if (!(error instanceof DroverError) || error.code !== "validation_failed") return error;
  return new DroverError("planning_failed", {
    detail: "The plan is not a valid workflow.",
    validations: error.validations,
    cause: error,
  });
}

export const composeWorkflowRoute = answering(composeWorkflow)(async (services, call) => {
  const { organization_id: named, run: runsIt, ...fields } = call.body;
  const organizationId = organizationFor(call.principal, named);
  const scope = { organizationId, workspaceId: fields.workspace_id ?? null };
  authorize(call.principal, "workflow:create", scope);

  const accepted = await acceptTask(services, call, {
    type: agentZero.name,
    agent: agentZero.name,
    payload: { action: "compose", ...fields },
    organization_id: organizationId,
    ...(fields.workspace_id === undefined ? {} : { workspace_id: fields.workspace_id }),
    priority: "urgent",
  });
  const plan = planOf(await waitForTask(services, accepted, planningSecondsMax, call.signal));
  if (runsIt !== true) return { status: 200, body: plan };

  const definition = {
    ...plan.workflow,
    organization_id: organizationId,
    ...(fields.workspace_id === undefined ? {} : { workspace_id: fields.workspace_id }),
  };
  const run = (() => {
    try {
      return checkWorkflow(call.principal, definition, call.ids.make("workflow", "run"));
    } catch (error) {
      throw asPlanFault(error);
    }
  })();
  const agents = definition.steps.map((step) => step.agent);
  await services.agentGate.require(agents);
  await requireRoom(services, scope, agents);
  const workflow = await services.runs.submit(run);
  return { status: 202, body: { ...plan, workflow_id: workflow.id } };
});
