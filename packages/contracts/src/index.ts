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
export * from "./operations/index.ts";
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
