/** Every operation of the API. */

import type { Operation } from "../operation.ts";
import { cancelTask } from "./cancel-task.ts";
import { cancelWorkflow } from "./cancel-workflow.ts";
import { composeWorkflow } from "./compose-workflow.ts";
import { createKey } from "./create-key.ts";
import { createTemplate } from "./create-template.ts";
import { decideApproval } from "./decide-approval.ts";
import { deleteDeadLetter } from "./delete-dead-letter.ts";
import { deleteInstance } from "./delete-instance.ts";
import { deleteKey } from "./delete-key.ts";
import { deletePlugin } from "./delete-plugin.ts";
import { deleteSchedule } from "./delete-schedule.ts";
import { deleteTemplate } from "./delete-template.ts";
import { diffTemplate } from "./diff-template.ts";
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
import { getSchedule } from "./get-schedule.ts";
import { getTask } from "./get-task.ts";
import { getTemplate } from "./get-template.ts";
import { getUsage } from "./get-usage.ts";
import { getWorkflow } from "./get-workflow.ts";
import { heartbeatInstance } from "./heartbeat-instance.ts";
import { importTemplates } from "./import-templates.ts";
import { listApprovals } from "./list-approvals.ts";
import { listCatalogue } from "./list-catalogue.ts";
import { listDeadLetters } from "./list-dead-letters.ts";
import { listInstances } from "./list-instances.ts";
import { listKeys } from "./list-keys.ts";
import { listOrchestratable } from "./list-orchestratable.ts";
import { listPlugins } from "./list-plugins.ts";
import { listQueues } from "./list-queues.ts";
import { listQuotas } from "./list-quotas.ts";
import { listSchedules } from "./list-schedules.ts";
import { listTasks } from "./list-tasks.ts";
import { listTemplateVersions } from "./list-template-versions.ts";
import { listTemplates } from "./list-templates.ts";
import { listWorkflows } from "./list-workflows.ts";
import { openTunnel } from "./open-tunnel.ts";
import { pauseQueue } from "./pause-queue.ts";
import { pauseWorkflow } from "./pause-workflow.ts";
import { purgeDeadLetters } from "./purge-dead-letters.ts";
import { putPlugin } from "./put-plugin.ts";
import { putSchedule } from "./put-schedule.ts";
import { redriveDeadLetter } from "./redrive-dead-letter.ts";
import { redriveDeadLetters } from "./redrive-dead-letters.ts";
import { registerInstance } from "./register-instance.ts";
import { resumeQueue } from "./resume-queue.ts";
import { resumeWorkflow } from "./resume-workflow.ts";
import { retryWorkflow } from "./retry-workflow.ts";
import { rollbackTemplate } from "./rollback-template.ts";
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
  createTemplate,
  decideApproval,
  deleteDeadLetter,
  deleteInstance,
  deleteKey,
  deletePlugin,
  deleteSchedule,
  deleteTemplate,
  diffTemplate,
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
  getSchedule,
  getTask,
  getTemplate,
  getUsage,
  getWorkflow,
  heartbeatInstance,
  importTemplates,
  listApprovals,
  listCatalogue,
  listDeadLetters,
  listInstances,
  listKeys,
  listOrchestratable,
  listPlugins,
  listQueues,
  listSchedules,
  listQuotas,
  listTasks,
  listTemplateVersions,
  listTemplates,
  listWorkflows,
  openTunnel,
  pauseQueue,
  putPlugin,
  putSchedule,
  purgeDeadLetters,
  redriveDeadLetter,
  redriveDeadLetters,
  registerInstance,
  resumeQueue,
  rollbackTemplate,
  setOrganizationQuota,
  setWorkspaceQuota,
  streamTaskEvents,
  streamWorkflowEvents,
  submitOpenCodeTask,
  submitWorkflow,
} as const satisfies Record<string, Operation>;
