/** Waits until every process of the stack serves and every agent is in the registry, or says what is missing. */
import { setTimeout as sleep } from "node:timers/promises";
import { type DroverClient, DroverUnreachable } from "@drover/client";
import { getRegistry } from "@drover/contracts";
import type { SupervisedProcess } from "../supervision/supervised-process.ts";
import { gatewayName } from "./service-definition.ts";
import { logTail, StackFailure } from "./stack-failure.ts";

export interface ReadyParts {
  readonly processes: readonly { readonly process: SupervisedProcess; readonly logFile: string }[];
  /** How many live instances each agent must have. */
  readonly agents: ReadonlyMap<string, number>;
  readonly client: DroverClient;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

const pollMs = 150;
/** A process that has ended so often in a row will not come up. */
const failuresMax = 4;

/** @throws StackFailure, or the reason of the aborted `signal` */
export async function awaitReady(parts: ReadyParts): Promise<void> {
  const endMs = Date.now() + parts.deadlineMs;
  for (;;) {
    parts.signal.throwIfAborted();
    const down = await notReady(parts);
    if (down.length === 0) {
      const missing = await missingAgents(parts);
      if (missing.length === 0) return;
      if (Date.now() > endMs) throw new StackFailure(await explainMissing(missing, parts));
    } else if (Date.now() > endMs || down.some(({ process }) => process.failures >= failuresMax)) {
      throw new StackFailure(await explainDown(down));
    }
    await sleep(pollMs);
  }
}

type Part = ReadyParts["processes"][number];

async function notReady({ processes }: ReadyParts): Promise<Part[]> {
  const ready = await Promise.all(processes.map(({ process }) => process.isReady()));
  return processes.filter((_, index) => ready[index] !== true);
}

async function missingAgents({ agents, client, signal }: ReadyParts): Promise<string[]> {
  if (agents.size === 0) return [];
  try {
    const registry = await client.call(getRegistry, { signal });
    return [...agents.keys()].filter((name) => {
      const agent = registry.agents.find((known) => known.name === name);
      return (agent?.instances.length ?? 0) < (agents.get(name) ?? 0);
    });
  } catch (error) {
    signal.throwIfAborted();
    // Ready a moment ago, gone now: it is asked again. A refusal will not change.
    if (error instanceof DroverUnreachable) return [...agents.keys()];
    throw new StackFailure(`The registry cannot be read: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** Those that ended are the cause; one that is merely slow is not named beside them. */
async function explainDown(down: readonly Part[]): Promise<string> {
  const ended = down.filter(({ process }) => process.failures > 0);
  const reports = (ended.length > 0 ? ended : down).map(async ({ process, logFile }) => {
    const how = process.lastEnding === null ? "it does not answer" : `it ended with ${process.lastEnding}`;
    return `${process.name} is not up: ${how}. ${await logTail(logFile)}`;
  });
  return (await Promise.all(reports)).join("\n");
}

async function explainMissing(missing: readonly string[], { processes }: ReadyParts): Promise<string> {
  const workers = processes.filter(({ process }) => process.name !== gatewayName);
  const logs = await Promise.all(workers.map(({ logFile }) => logTail(logFile)));
  return [`These agents did not register in time: ${missing.join(", ")}.`, ...logs].join("\n");
}
