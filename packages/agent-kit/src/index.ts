export type { Agent, AgentContext, AgentHealth, AgentStep, AgentTask, StepDependency } from "./agent.ts";
