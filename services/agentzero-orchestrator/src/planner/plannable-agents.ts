/** Which agents of the registry a plan may name. */
import { agentNamed, agentZero, diagnostics, type RegisteredAgent } from "@drover/contracts";
import type { PlannableAgent } from "./planner.ts";

/** A plan that plans would have no end, and diagnostics do no work. */
const neverPlanned: readonly string[] = [agentZero.name, diagnostics.name];

/** Those that take tasks now. Where no worker is live the tasks wait for one; an agent that says it cannot work refuses them. */
export function plannableAgents(registered: readonly RegisteredAgent[]): PlannableAgent[] {
  return registered.filter(takesTasks).map(({ name, actions }) => ({
    name,
    actions: actions.map((action) => ({
      name: action.name,
      description: action.description,
      parametersSchema: withoutAction(action.payload_schema),
    })),
  }));
}

function takesTasks({ name, status, instances }: RegisteredAgent): boolean {
  const descriptor = agentNamed(name);
  if (neverPlanned.includes(name) || descriptor === undefined || descriptor.notServed !== undefined)
    return false;
  return status !== "unavailable" || instances.length === 0;
}

/** A step says its action beside its parameters, not in them. */
function withoutAction(schema: Record<string, unknown>): Record<string, unknown> {
  const { properties, required, $schema: _, ...rest } = schema;
  return {
    ...rest,
    ...(isRecord(properties) ? { properties: omitAction(properties) } : {}),
    ...(Array.isArray(required) ? { required: required.filter((name) => name !== "action") } : {}),
  };
}

function omitAction(properties: Record<string, unknown>): Record<string, unknown> {
  const { action: _, ...fields } = properties;
  return fields;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
