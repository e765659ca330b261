/** What a step of a workflow may name as its agent: the agents of the catalogue, and the built-in `control`. */
import { agentNamed, agentNames } from "./agent-catalogue.ts";
import type { AgentDescriptor } from "./agent-descriptor.ts";
import { control } from "./control.ts";

export const stepAgentNames: readonly string[] = [...agentNames, control.name];

export function stepAgentNamed(name: string): AgentDescriptor | undefined {
  return name === control.name ? control : agentNamed(name);
}
