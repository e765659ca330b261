/** Every agent that the contract knows, and how a task finds its agent. */
import { DroverError, type Validation } from "@drover/errors";
import { z } from "zod";
import type { Payload } from "../task.ts";
import { validationsOf } from "../validations.ts";
import type { AgentDescriptor } from "./agent-descriptor.ts";
import { agentZero } from "./agentzero.ts";
import { diagnostics } from "./diagnostics.ts";
import { docker } from "./docker.ts";
import { gpu } from "./gpu.ts";
import { kubernetes } from "./kubernetes.ts";
import { nix } from "./nix.ts";
import { openCode } from "./opencode.ts";

export const agentCatalogue: readonly AgentDescriptor[] = [
  openCode,
  agentZero,
  docker,
  kubernetes,
  nix,
  gpu,
  diagnostics,
];

export const agentNames: readonly string[] = agentCatalogue.map((agent) => agent.name);

export function agentNamed(name: string): AgentDescriptor | undefined {
  return agentCatalogue.find((agent) => agent.name === name);
}

/** The first agent that supports `type`. */
export function agentSupporting(type: string): AgentDescriptor | undefined {
  return agentCatalogue.find((agent) => agent.supports.includes(type));
}

export const supportedTypes: readonly string[] = agentCatalogue.flatMap((agent) => [...agent.supports]);

/**
 * Every fault of a payload for `agent`, each with its path under `root` (e.g. `payload` or `steps[2].parameters`).
 * An empty list: the payload is valid.
 */
export function payloadFaults(
  agent: AgentDescriptor,
  action: unknown,
  fields: Payload,
  root: string,
): Validation[] {
  const known = Object.keys(agent.actions).join(", ");
  if (typeof action !== "string") {
    return [{ field: `${root}.action`, detail: `must name an action of ${agent.name}: ${known}` }];
  }
  const descriptor = Object.hasOwn(agent.actions, action) ? agent.actions[action] : undefined;
  if (descriptor === undefined) {
    return [{ field: `${root}.action`, detail: `${agent.name} has no action "${action}"; it has ${known}` }];
  }
  const parsed = descriptor.payload.safeParse(fields);
  return parsed.success ? [] : validationsOf(parsed.error, root);
}

/** Splits a payload into its action and the fields beside it. */
export function splitPayload(payload: Payload): { action: unknown; fields: Payload } {
  const { action, ...fields } = payload;
  return { action, fields };
}

const jsonSchemas = new Map<string, Record<string, unknown>>();

/** The JSON Schema of an action's whole payload, `action` included. Made once: a descriptor never changes. */
export function payloadJsonSchema(agent: AgentDescriptor, action: string): Record<string, unknown> {
  const descriptor = agent.actions[action];
  if (descriptor === undefined) {
    throw new DroverError("unknown_action", { detail: `${agent.name} has no action "${action}".` });
  }
  const key = `${agent.name}/${action}`;
  const known = jsonSchemas.get(key);
  if (known !== undefined) return known;
  const made = {
    ...z.toJSONSchema(descriptor.payload.extend({ action: z.literal(action) }), { io: "input" }),
  };
  jsonSchemas.set(key, made);
  return made;
}
