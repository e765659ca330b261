/** Every operation of the API. */

import type { Operation } from "../operation.ts";
import { cancelTask } from "./cancel-task.ts";
import { cancelWorkflow } from "./cancel-workflow.ts";
import { composeWorkflow } from "./compose-workflow.ts";
import { createKey } from "./create-key.ts";
import { deleteDeadLetter } from "./delete-dead-letter.ts";
import { deleteInstance } from "./delete-instance.ts";
import { deleteKey } from "./delete-key.ts";
import { executeBatch } from "./execute-batch.ts";
import { executeTask } from "./execute-task.ts";
import { explainTask } from "./explain-task.ts";
import { explainWorkflow } from "./explain-workflow.ts";
import { getAgentState } from "./get-agent-state.ts";
import { getDeadLetter } from "./get-dead-letter.ts";
import { getHealth } from "./get-health.ts";
import { getInvariants } from "./get-invariants.ts";
import { getMe } from "./get-me.ts";
import { getOpenCodeTask } from "./get-opencode-task.ts";
import { getQueueDemand } from "./get-queue-demand.ts";
import { getReadiness } from "./get-readiness.ts";
import { getRegistry } from "./get-registry.ts";
import { getTask } from "./get-task.ts";
import { getWorkflow } from "./get-workflow.ts";
import { heartbeatInstance } from "./heartbeat-instance.ts";
import { listDeadLetters } from "./list-dead-letters.ts";
import { listInstances } from "./list-instances.ts";
import { listKeys } from "./list-keys.ts";
import { listOrchestratable } from "./list-orchestratable.ts";
import { listPlugins } from "./list-plugins.ts";
import { listQueues } from "./list-queues.ts";
import { listQuotas } from "./list-quotas.ts";
import { listTasks } from "./list-tasks.ts";
import { listWorkflows } from "./list-workflows.ts";
import { pauseQueue } from "./pause-queue.ts";
import { pauseWorkflow } from "./pause-workflow.ts";
import { purgeDeadLetters } from "./purge-dead-letters.ts";
import { redriveDeadLetter } from "./redrive-dead-letter.ts";
import { redriveDeadLetters } from "./redrive-dead-letters.ts";
import { registerInstance } from "./register-instance.ts";
import { resumeQueue } from "./resume-queue.ts";
import { resumeWorkflow } from "./resume-workflow.ts";
import { retryWorkflow } from "./retry-workflow.ts";
import { setOrganizationQuota } from "./set-organization-quota.ts";
import { setWorkspaceQuota } from "./set-workspace-quota.ts";
import { streamTaskEvents } from "./stream-task-events.ts";
import { streamWorkflowEvents } from "./stream-workflow-events.ts";
import { submitOpenCodeTask } from "./submit-opencode-task.ts";
import { submitWorkflow } from "./submit-workflow.ts";

export const operations = {
  cancelTask,
  cancelWorkflow,
  pauseWorkflow,
  resumeWorkflow,
  retryWorkflow,
  composeWorkflow,
  createKey,
  deleteDeadLetter,
  deleteInstance,
  deleteKey,
  executeBatch,
  executeTask,
  explainTask,
  explainWorkflow,
  getAgentState,
  getDeadLetter,
  getHealth,
  getInvariants,
  getMe,
  getOpenCodeTask,
  getQueueDemand,
  getReadiness,
  getRegistry,
  getTask,
  getWorkflow,
  heartbeatInstance,
  listDeadLetters,
  listInstances,
  listKeys,
  listOrchestratable,
  listPlugins,
  listQueues,
  listQuotas,
  listTasks,
  listWorkflows,
  pauseQueue,
  purgeDeadLetters,
  redriveDeadLetter,
  redriveDeadLetters,
  registerInstance,
  resumeQueue,
  setOrganizationQuota,
  setWorkspaceQuota,
  streamTaskEvents,
  streamWorkflowEvents,
  submitOpenCodeTask,
  submitWorkflow,
} as const satisfies Record<string, Operation>;
