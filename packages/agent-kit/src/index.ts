export type {
  Agent,
  AgentContext,
  AgentHealth,
  AgentQuestion,
  AgentStep,
  AgentTask,
  StepDependency,
} from "./agent.ts";
export { AgentRegistry } from "./agent-registry.ts";
export { FailureWithResult } from "./failure-with-result.ts";
export { type HealthServer, type HealthServerOptions, startHealthServer } from "./health-server.ts";
export { runUntilSignal } from "./run-until-signal.ts";
export { RunningTasks } from "./running-tasks.ts";
export { Suspended } from "./suspended.ts";
export {
  type ServiceParts,
  type WorkerConfig,
  WorkerService,
  type WorkerServiceOptions,
} from "./worker-service.ts";
export { type WorkspaceFolders, workspaceFolder } from "./workspace-folder.ts";
