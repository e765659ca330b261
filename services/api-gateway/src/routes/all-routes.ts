/** Every operation of the contract and what answers it: one that nothing answers does not compile. */
import type { operations } from "@drover/contracts";
import type { Route } from "../routing/route.ts";
import type { StreamRoute } from "../streams/stream-route.ts";
import { createKeyRoute } from "./access/create-key.ts";
import { deleteKeyRoute } from "./access/delete-key.ts";
import { getMeRoute } from "./access/get-me.ts";
import { listKeysRoute } from "./access/list-keys.ts";
import { decideApprovalRoute } from "./approvals/decide-approval.ts";
import { listApprovalsRoute } from "./approvals/list-approvals.ts";
import { composeWorkflowRoute } from "./compose/compose-workflow.ts";
import { deleteDeadLetterRoute } from "./dead-letters/delete-dead-letter.ts";
import { getDeadLetterRoute } from "./dead-letters/get-dead-letter.ts";
import { listDeadLettersRoute } from "./dead-letters/list-dead-letters.ts";
import { purgeDeadLettersRoute } from "./dead-letters/purge-dead-letters.ts";
import { redriveDeadLetterRoute } from "./dead-letters/redrive-dead-letter.ts";
import { redriveDeadLettersRoute } from "./dead-letters/redrive-dead-letters.ts";
import { deleteInstanceRoute } from "./opencode/delete-instance.ts";
import { deletePluginRoute } from "./opencode/delete-plugin.ts";
import { getOpenCodeTaskRoute } from "./opencode/get-opencode-task.ts";
import { heartbeatInstanceRoute } from "./opencode/heartbeat-instance.ts";
import { listCatalogueRoute } from "./opencode/list-catalogue.ts";
import { listInstancesRoute } from "./opencode/list-instances.ts";
import { listPluginsRoute } from "./opencode/list-plugins.ts";
import { putPluginRoute } from "./opencode/put-plugin.ts";
import { registerInstanceRoute } from "./opencode/register-instance.ts";
import { submitOpenCodeTaskRoute } from "./opencode/submit-opencode-task.ts";
import { getHealthRoute } from "./operations/get-health.ts";
import { getInvariantsRoute } from "./operations/get-invariants.ts";
import { getReadinessRoute } from "./operations/get-readiness.ts";
import { getQueueDemandRoute } from "./queues/get-queue-demand.ts";
import { listQueuesRoute } from "./queues/list-queues.ts";
import { pauseQueueRoute } from "./queues/pause-queue.ts";
import { resumeQueueRoute } from "./queues/resume-queue.ts";
import { listQuotasRoute } from "./quotas/list-quotas.ts";
import { setOrganizationQuotaRoute } from "./quotas/set-organization-quota.ts";
import { setWorkspaceQuotaRoute } from "./quotas/set-workspace-quota.ts";
import { getAgentStateRoute } from "./registry/get-agent-state.ts";
import { getRegistryRoute } from "./registry/get-registry.ts";
import { listOrchestratableRoute } from "./registry/list-orchestratable.ts";
import { deleteScheduleRoute } from "./schedules/delete-schedule.ts";
import { getScheduleRoute } from "./schedules/get-schedule.ts";
import { listSchedulesRoute } from "./schedules/list-schedules.ts";
import { putScheduleRoute } from "./schedules/put-schedule.ts";
import { cancelTaskRoute } from "./tasks/cancel-task.ts";
import { executeBatchRoute } from "./tasks/execute-batch.ts";
import { executeTaskRoute } from "./tasks/execute-task.ts";
import { explainTaskRoute } from "./tasks/explain-task.ts";
import { getTaskRoute } from "./tasks/get-task.ts";
import { listTasksRoute } from "./tasks/list-tasks.ts";
import { streamTaskEventsRoute } from "./tasks/stream-task-events.ts";
import { createTemplateRoute } from "./templates/create-template.ts";
import { deleteTemplateRoute } from "./templates/delete-template.ts";
import { diffTemplateRoute } from "./templates/diff-template.ts";
import { getTemplateRoute } from "./templates/get-template.ts";
import { importTemplatesRoute } from "./templates/import-templates.ts";
import { listTemplateVersionsRoute } from "./templates/list-template-versions.ts";
import { listTemplatesRoute } from "./templates/list-templates.ts";
import { rollbackTemplateRoute } from "./templates/rollback-template.ts";
import { getUsageRoute } from "./usage/get-usage.ts";
import { cancelWorkflowRoute } from "./workflows/cancel-workflow.ts";
import { explainWorkflowRoute } from "./workflows/explain-workflow.ts";
import { getWorkflowRoute } from "./workflows/get-workflow.ts";
import { listWorkflowsRoute } from "./workflows/list-workflows.ts";
import { pauseWorkflowRoute } from "./workflows/pause-workflow.ts";
import { resumeWorkflowRoute } from "./workflows/resume-workflow.ts";
import { retryWorkflowRoute } from "./workflows/retry-workflow.ts";
import { streamWorkflowEventsRoute } from "./workflows/stream-workflow-events.ts";
import { submitWorkflowRoute } from "./workflows/submit-workflow.ts";

type Streamed = "streamTaskEvents" | "streamWorkflowEvents";
/** Bound by `bindTunnel`. */
type Tunnelled = "openTunnel";

export const routes = {
  cancelTask: cancelTaskRoute,
  cancelWorkflow: cancelWorkflowRoute,
  pauseWorkflow: pauseWorkflowRoute,
  resumeWorkflow: resumeWorkflowRoute,
  retryWorkflow: retryWorkflowRoute,
  composeWorkflow: composeWorkflowRoute,
  createKey: createKeyRoute,
  createTemplate: createTemplateRoute,
  decideApproval: decideApprovalRoute,
  deleteDeadLetter: deleteDeadLetterRoute,
  deleteInstance: deleteInstanceRoute,
  deleteKey: deleteKeyRoute,
  deletePlugin: deletePluginRoute,
  deleteSchedule: deleteScheduleRoute,
  deleteTemplate: deleteTemplateRoute,
  diffTemplate: diffTemplateRoute,
  executeBatch: executeBatchRoute,
  executeTask: executeTaskRoute,
  explainTask: explainTaskRoute,
  explainWorkflow: explainWorkflowRoute,
  getAgentState: getAgentStateRoute,
  getDeadLetter: getDeadLetterRoute,
  getHealth: getHealthRoute,
  getInvariants: getInvariantsRoute,
  getMe: getMeRoute,
  getOpenCodeTask: getOpenCodeTaskRoute,
  getQueueDemand: getQueueDemandRoute,
  getReadiness: getReadinessRoute,
  getRegistry: getRegistryRoute,
  getSchedule: getScheduleRoute,
  getTask: getTaskRoute,
  getTemplate: getTemplateRoute,
  getUsage: getUsageRoute,
  getWorkflow: getWorkflowRoute,
  heartbeatInstance: heartbeatInstanceRoute,
  importTemplates: importTemplatesRoute,
  listApprovals: listApprovalsRoute,
  listDeadLetters: listDeadLettersRoute,
  listInstances: listInstancesRoute,
  listKeys: listKeysRoute,
  listOrchestratable: listOrchestratableRoute,
  listCatalogue: listCatalogueRoute,
  listPlugins: listPluginsRoute,
  putPlugin: putPluginRoute,
  listQueues: listQueuesRoute,
  listSchedules: listSchedulesRoute,
  listQuotas: listQuotasRoute,
  listTasks: listTasksRoute,
  listTemplateVersions: listTemplateVersionsRoute,
  listTemplates: listTemplatesRoute,
  listWorkflows: listWorkflowsRoute,
  pauseQueue: pauseQueueRoute,
  putSchedule: putScheduleRoute,
  purgeDeadLetters: purgeDeadLettersRoute,
  redriveDeadLetter: redriveDeadLetterRoute,
  redriveDeadLetters: redriveDeadLettersRoute,
  registerInstance: registerInstanceRoute,
  resumeQueue: resumeQueueRoute,
  rollbackTemplate: rollbackTemplateRoute,
  setOrganizationQuota: setOrganizationQuotaRoute,
  setWorkspaceQuota: setWorkspaceQuotaRoute,
  submitOpenCodeTask: submitOpenCodeTaskRoute,
  submitWorkflow: submitWorkflowRoute,
} as const satisfies Record<Exclude<keyof typeof operations, Streamed | Tunnelled>, Route>;

export const streamRoutes = {
  streamTaskEvents: streamTaskEventsRoute,
  streamWorkflowEvents: streamWorkflowEventsRoute,
} as const satisfies Record<Streamed, StreamRoute>;
