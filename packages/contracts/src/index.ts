export {
  type ApiKey,
  type ApiKeyCreation,
  apiKey,
  apiKeyCreation,
  type CreatedApiKey,
  createdApiKey,
  type Permission,
  type PrincipalView,
  permission,
  permissions,
  principal,
  type RoleGrant,
  type RoleName,
  roleGrant,
  roleName,
  roleNames,
} from "./access.ts";
export {
  agentCatalogue,
  agentNamed,
  agentNames,
  agentSupporting,
  payloadFaults,
  payloadJsonSchema,
  splitPayload,
  supportedTypes,
} from "./agents/agent-catalogue.ts";
export type {
  ActionDescriptor,
  AgentDescriptor,
  BatchDescriptor,
  CircuitDescriptor,
} from "./agents/agent-descriptor.ts";
export { budgetFaults, policyOf } from "./agents/agent-policy.ts";
export {
  agentZero,
  type ComposeFields,
  composeFields,
  type PlannerName,
  plannerName,
  plannerNames,
} from "./agents/agentzero.ts";
export {
  type ApprovalFields,
  approvalFields,
  type ChildWorkflowFields,
  childWorkflowFields,
  control,
  controlSecondsMax,
  type WaitFields,
  waitFields,
} from "./agents/control.ts";
export {
  diagnostics,
  echoFields,
  failFields,
  failureModes,
  sleepFields,
  sumFields,
} from "./agents/diagnostics.ts";
export {
  containerName,
  docker,
  dockerBuildFields,
  dockerInspectFields,
  dockerLogsFields,
  dockerRunFields,
  dockerStopFields,
  imageReference,
} from "./agents/docker.ts";
export { gpu } from "./agents/gpu.ts";
export { applyManifestFields, kubernetes, objectReferenceFields } from "./agents/kubernetes.ts";
export { nix } from "./agents/nix.ts";
export {
  type OpenCodeAction,
  type OpenCodeOutput,
  type OpenCodePayload,
  openCode,
  openCodeActions,
  openCodeContext,
  openCodeOutput,
  openCodePayload,
  workspacePath,
} from "./agents/opencode.ts";
export { stepAgentNamed, stepAgentNames } from "./agents/step-agents.ts";
export { worksApart } from "./agents/works-apart.ts";
export {
  type Approval,
  type ApprovalDecision,
  type ApprovalKind,
  type ApprovalStatus,
  approval,
  approvalDecision,
  approvalKind,
  approvalStatus,
  approvalStatuses,
  type Decision,
  decision,
} from "./approval.ts";
export { canonicalJson } from "./canonical-json.ts";
export { composeRequest, composeStarted, orchestratable, type Plan, plan } from "./composition.ts";
export {
  type DeadLetter,
  type DeadLetterRecord,
  type Death,
  deadLetter,
  deadLetterRecord,
  death,
} from "./dead-letter.ts";
export { basePath, bodyBytesMax, defineOperation, largeBodyBytesMax } from "./define-operation.ts";
export { errorBody } from "./error-body.ts";
export { type Event, type EventType, event, eventType, eventTypes } from "./event.ts";
export { deriveId, type IdKind, idPrefixes, idSchema, idSuffixAt, newId } from "./ids.ts";
export {
  type Instance,
  type InstanceRegistration,
  instance,
  instanceRegistration,
  instanceRuntime,
} from "./instance.ts";
export { type Invariants, invariants, type LeakKind, leakKind, leakKinds } from "./invariants.ts";
export { listOf, listQuery, parseSearch } from "./list-query.ts";
export { labels, organizationId, secretName, timestamp, workspaceId } from "./names.ts";
export { openApiDocument } from "./openapi.ts";
export { errorCodesOf } from "./openapi-errors.ts";
export type { AnswerOf, Method, Operation, Requirement, ResponseDescriptor, Responses } from "./operation.ts";
export { operations } from "./operations/all-operations.ts";
export { cancelTask } from "./operations/cancel-task.ts";
export { cancelWorkflow } from "./operations/cancel-workflow.ts";
export { composeWorkflow } from "./operations/compose-workflow.ts";
export { createKey } from "./operations/create-key.ts";
export { createTemplate } from "./operations/create-template.ts";
export { decideApproval } from "./operations/decide-approval.ts";
export { deleteDeadLetter } from "./operations/delete-dead-letter.ts";
export { deleteInstance } from "./operations/delete-instance.ts";
export { deleteKey } from "./operations/delete-key.ts";
export { deletePlugin } from "./operations/delete-plugin.ts";
export { deleteSchedule } from "./operations/delete-schedule.ts";
export { deleteTemplate } from "./operations/delete-template.ts";
export { diffTemplate } from "./operations/diff-template.ts";
export { executeBatch } from "./operations/execute-batch.ts";
export { executeTask } from "./operations/execute-task.ts";
export { explainTask } from "./operations/explain-task.ts";
export { explainWorkflow } from "./operations/explain-workflow.ts";
export { getAgentState } from "./operations/get-agent-state.ts";
export { getDeadLetter } from "./operations/get-dead-letter.ts";
export { getHealth, health } from "./operations/get-health.ts";
export { getInvariants } from "./operations/get-invariants.ts";
export { getMe } from "./operations/get-me.ts";
export { getOpenCodeTask } from "./operations/get-opencode-task.ts";
export { getQueueDemand, queueParams } from "./operations/get-queue-demand.ts";
export { getReadiness } from "./operations/get-readiness.ts";
export { getRegistry } from "./operations/get-registry.ts";
export { getSchedule } from "./operations/get-schedule.ts";
export { getTask, taskParams, waitQuery } from "./operations/get-task.ts";
export { getTemplate } from "./operations/get-template.ts";
export { getUsage, usageSearchKeys } from "./operations/get-usage.ts";
export { getWorkflow, workflowParams } from "./operations/get-workflow.ts";
export { heartbeatInstance, instanceParams } from "./operations/heartbeat-instance.ts";
export { importTemplates } from "./operations/import-templates.ts";
export { approvalSearchKeys, listApprovals } from "./operations/list-approvals.ts";
export { catalogueSearchKeys, listCatalogue } from "./operations/list-catalogue.ts";
export { deadLetterSearchKeys, listDeadLetters } from "./operations/list-dead-letters.ts";
export { instanceSearchKeys, listInstances } from "./operations/list-instances.ts";
export { listKeys } from "./operations/list-keys.ts";
export { listOrchestratable } from "./operations/list-orchestratable.ts";
export { listPlugins } from "./operations/list-plugins.ts";
export { listQueues } from "./operations/list-queues.ts";
export { listQuotas } from "./operations/list-quotas.ts";
export { listSchedules, scheduleSearchKeys } from "./operations/list-schedules.ts";
export { listTasks, taskSearchKeys } from "./operations/list-tasks.ts";
export { listTemplateVersions } from "./operations/list-template-versions.ts";
export { listTemplates, templateSearchKeys } from "./operations/list-templates.ts";
export { listWorkflows, workflowSearchKeys } from "./operations/list-workflows.ts";
export { openTunnel } from "./operations/open-tunnel.ts";
export { pauseQueue } from "./operations/pause-queue.ts";
export { pauseWorkflow } from "./operations/pause-workflow.ts";
export { purgeDeadLetters } from "./operations/purge-dead-letters.ts";
export { putPlugin } from "./operations/put-plugin.ts";
export { putSchedule } from "./operations/put-schedule.ts";
export { deadLetterParams, redriveDeadLetter } from "./operations/redrive-dead-letter.ts";
export { redriveDeadLetters } from "./operations/redrive-dead-letters.ts";
export { registerInstance } from "./operations/register-instance.ts";
export { resumeQueue } from "./operations/resume-queue.ts";
export { resumeWorkflow } from "./operations/resume-workflow.ts";
export { retryWorkflow } from "./operations/retry-workflow.ts";
export { rollbackTemplate } from "./operations/rollback-template.ts";
export { setOrganizationQuota } from "./operations/set-organization-quota.ts";
export { setWorkspaceQuota } from "./operations/set-workspace-quota.ts";
export { eventsQuery, streamTaskEvents } from "./operations/stream-task-events.ts";
export { streamWorkflowEvents } from "./operations/stream-workflow-events.ts";
export { submitOpenCodeTask } from "./operations/submit-opencode-task.ts";
export { submitWorkflow } from "./operations/submit-workflow.ts";
export { type Plugin, type PluginKind, plugin, pluginKind } from "./plugin.ts";
export type { PluginSpec, WrittenSpec } from "./plugin-spec.ts";
export { type CatalogueEntry, catalogueEntry, packageIntegrity, pinnedPackage } from "./plugin-spec.ts";
export { type QueueCounts, type QueueDemand, queueCounts, queueDemand, systemQueues } from "./queue.ts";
export {
  type Quota,
  type QuotaDefaults,
  type QuotaLimits,
  quota,
  quotaDefaults,
  quotaLimits,
} from "./quota.ts";
export {
  type AgentInstance,
  type AgentState,
  type AgentStatus,
  agentInstance,
  agentQueueCounts,
  agentState,
  agentStatus,
  type Circuit,
  circuit,
  type RegisteredAgent,
  registeredAgent,
} from "./registry.ts";
export {
  type Schedule,
  type ScheduleDefinition,
  schedule,
  scheduleDefinition,
  scheduleName,
  schedulesMax,
} from "./schedule.ts";
export {
  type Artifact,
  artifact,
  artifactInlineBytesMax,
  type FinalStatus,
  finalStatuses,
  isFinal,
  type Payload,
  type Priority,
  payload,
  priority,
  type Task,
  type TaskError,
  type TaskResult,
  type TaskStatus,
  type TaskSubmission,
  task,
  taskError,
  taskResult,
  taskStatus,
  taskStatuses,
  taskSubmission,
} from "./task.ts";
export {
  type BudgetPeriod,
  type BudgetStanding,
  budgetPeriod,
  type PeriodBudget,
  periodBudget,
  type TaskBudget,
  taskBudget,
} from "./task-budget.ts";
export { type Backoff, backoff, defaultBackoff, type TaskPolicy } from "./task-limits.ts";
export {
  type InputsSchema,
  type Template,
  type TemplateChange,
  type TemplateDefinition,
  type TemplateOutcome,
  type TemplateRun,
  type TemplateSummary,
  type TemplateVersion,
  template,
  templateBytesMax,
  templateDefinition,
  templatesMax,
  templateVersionsMax,
  type WorkflowSubmission,
} from "./template.ts";
export { templateName, templateReference } from "./template-name.ts";
export {
  orderedTemplate,
  parseTemplateText,
  templateYaml,
  templateYamlLayout,
  templateYamlReading,
} from "./template-text.ts";
export {
  noUsage,
  sumOfUsage,
  type Usage,
  type UsageGroup,
  type UsageReport,
  type UsageRow,
  type UsageTotals,
  usage,
  usageDaysMax,
  usageGroups,
  usageReport,
} from "./usage.ts";
export { fieldPath, validationsOf } from "./validations.ts";
export { type WhyReason, whyReason } from "./why-reason.ts";
export {
  composition,
  expressionLengthMax,
  type StepFallback,
  type StepResult,
  type StepStatus,
  stepId,
  stepResult,
  stepStatus,
  stepsMax,
  type Workflow,
  type WorkflowDefinition,
  type WorkflowError,
  type WorkflowResult,
  type WorkflowStatus,
  type WorkflowStep,
  type WorkflowSummary,
  workflow,
  workflowDefinition,
  workflowError,
  workflowResult,
  workflowStatus,
  workflowStep,
  workflowSummary,
} from "./workflow.ts";
