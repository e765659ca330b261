/**
 * Every error that Drover answers or records, once.
 *
 * A code is part of the wire contract: it never changes its meaning. `status` is what HTTP answers when the error ends a
 * request; a code that only ever ends a task still has one, for the call that was waiting for that task.
 * Each code has a heading in docs/errors.md that says what to check; a test holds the two together.
 */
export const errorCatalogue = {
  // --- The request ---------------------------------------------------------------------------------------------
  malformed_json: { status: 400, title: "Request body must be valid JSON." },
  validation_failed: { status: 400, title: "Validation failed." },
  unsupported_type: { status: 400, title: "No agent supports this task type." },
  unknown_action: { status: 400, title: "The agent has no such action." },
  instance_unreachable: { status: 400, title: "The instance does not answer at this address." },
  address_not_allowed: { status: 400, title: "This address must not be used." },
  runtime_not_supported: { status: 400, title: "This runtime is not served by this deployment." },
  plugin_not_allowed: { status: 403, title: "This plugin must not be installed here." },
  plugin_unavailable: { status: 502, title: "The plugin cannot be fetched as it was pinned." },
  catalogue_unavailable: { status: 503, title: "The catalogue of plugins cannot be trusted." },
  unauthenticated: { status: 401, title: "A valid credential is required." },
  forbidden: { status: 403, title: "Forbidden." },
  not_found: { status: 404, title: "Resource not found or you do not have access to this resource." },
  route_not_found: { status: 404, title: "Route not found." },
  method_not_allowed: { status: 405, title: "This path does not answer this method." },
  already_decided: { status: 409, title: "It has already been decided." },
  approval_expired: { status: 409, title: "Nobody decided before the deadline." },
  already_final: { status: 409, title: "It has already ended." },
  conflict: { status: 409, title: "The request conflicts with the present state." },
  idempotency_key_reused: { status: 409, title: "This Idempotency-Key was used with another request." },
  body_too_large: { status: 413, title: "The request body is too large." },
  unsupported_media_type: { status: 415, title: "The body must be application/json." },
  upgrade_required: { status: 426, title: "This path serves only WebSocket upgrades." },
  rate_limited: { status: 429, title: "Too many requests." },
  quota_exceeded: { status: 429, title: "A quota of this organization or workspace is used up." },
  queue_full: { status: 429, title: "The queue of this agent is full." },
  internal: { status: 500, title: "An internal server error occurred." },
  planning_failed: { status: 502, title: "The planner gave no valid workflow." },
  redis_unavailable: { status: 503, title: "The store is not reachable." },
  agent_unavailable: { status: 503, title: "This agent is not available in this deployment." },
  planning_timeout: { status: 503, title: "The planner took too long." },
  shutting_down: { status: 503, title: "The service is shutting down." },

  // --- The task ------------------------------------------------------------------------------------------------
  agent_failed: { status: 500, title: "The agent failed." },
  cancelled: { status: 409, title: "The task was cancelled." },
  timed_out: { status: 504, title: "The attempt took longer than its timeout." },
  start_timed_out: { status: 504, title: "No worker took the task in time." },
  heartbeat_timed_out: { status: 504, title: "The agent gave no sign of life in time." },
  total_timed_out: { status: 504, title: "The task did not end in time." },
  worker_lost: { status: 500, title: "The worker died or lost its hold on the task in every attempt." },
  lock_lost: { status: 500, title: "The worker lost its hold on the task." },
  budget_exceeded: { status: 402, title: "A budget is used up." },
  expression_failed: { status: 400, title: "An expression of the workflow has no value." },
  invalid_payload: { status: 400, title: "The payload is not valid for this action." },
  no_free_slot: { status: 429, title: "The workspace is busy with another task." },
  workspace_not_found: { status: 404, title: "The workspace has no folder on this worker." },
  workspace_config_invalid: {
    status: 400,
    title: "OpenCode cannot read the configuration of the workspace.",
  },
  workspace_not_allowed: { status: 403, title: "The path leaves the workspace." },
  not_a_repository: { status: 400, title: "The workspace has no git repository to branch from." },
  isolation_not_supported: { status: 400, title: "This isolation is not served for this workspace." },
  model_unavailable: { status: 502, title: "The model did not answer." },
  model_rejected: { status: 502, title: "The model refused the request." },
  workspace_model_failed: { status: 502, title: "The model of the workspace's own OpenCode failed." },
  model_rate_limited: { status: 429, title: "The model's provider limits the rate." },
  incomplete_answer: { status: 502, title: "The agent stopped without finishing." },
  instance_failed: { status: 502, title: "The OpenCode instance failed." },
  docker_unavailable: { status: 503, title: "The Docker engine does not answer." },
  docker_failed: { status: 502, title: "The Docker engine refused the operation." },
  container_failed: { status: 500, title: "The container ended with an error." },
  image_not_allowed: { status: 403, title: "This image must not be used." },
  kubernetes_unavailable: { status: 503, title: "The Kubernetes cluster does not answer." },
  kubernetes_rejected: { status: 502, title: "The Kubernetes API refused the object." },
  manifest_missing: { status: 400, title: "There is no manifest to apply." },
  manifest_invalid: { status: 400, title: "The manifest is not valid." },
  diagnostics_failure: { status: 500, title: "A diagnostics task failed because it was told to." },
  plan_invalid: { status: 502, title: "The plan is not a valid workflow." },
  approval_denied: { status: 403, title: "The approval was denied." },
  child_workflow_failed: { status: 500, title: "The workflow that this step ran failed." },
  nesting_too_deep: { status: 400, title: "Workflows within workflows go too deep." },

  // --- The run -------------------------------------------------------------------------------------------------
  steps_failed: { status: 500, title: "One or more steps of the workflow failed." },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(errorCatalogue, value);
}
