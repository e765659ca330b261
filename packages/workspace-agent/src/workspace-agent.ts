/**
 * Makes a workspace one that Drover can work in: registers its OpenCode and stays in touch, over a tunnel that it dials or by
 * heartbeats, until it is told to stop. Once it was taken, it never gives up: connections come back, gateways are restarted, and what
 * was forgotten is registered again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { tunnelClose } from "@drover/tunnel";
import { Backoff } from "./backoff.ts";
import { type ControlPlane, type Offer, Refused, type Registered } from "./control-plane.ts";
import { dialOut, type Ending } from "./dial-out.ts";
import type { OpenCodeServer } from "./open-code-server.ts";

export interface WorkspaceAgentOptions {
  readonly offer: Offer;
  readonly server: OpenCodeServer;
  readonly controlPlane: ControlPlane;
  /** What is going on, a line at a time; never a secret. */
  readonly say: (line: string) => void;
  /** Ends it: then the workspace falls silent, and its tasks wait until an agent is there again. */
  readonly signal: AbortSignal;
  /** Takes the registration away at the end: Drover then runs an OpenCode of its own for the workspace's tasks. */
  readonly forgetAtEnd: boolean;
}

/** The workspace has been registered by somebody else since: two would take it from each other for ever. */
export class Superseded extends Error {
  override readonly name = "Superseded";
}

const forgetDeadlineMs = 5_000;
/** A connection that stood so long was a good one. */
const goodConnectionMs = 10_000;
/** Beside the first failure in a row, every tenth is told. */
const toldEvery = 10;

/**
 * Runs until the signal aborts.
 * @throws Refused when the API refuses the registration
 * @throws Superseded when another agent has registered the workspace
 */
export async function runWorkspaceAgent(options: WorkspaceAgentOptions): Promise<void> {
  const { offer, controlPlane, signal, forgetAtEnd, say } = options;
  let registered: Registered | null = null;
  try {
    for (;;) {
      registered = await register(options, registered !== null);
      if (registered === null) return;
      say(`${offer.workspaceId} is registered as ${registered.instanceId}.`);
      if (offer.url === null) await keepTunnel(options, registered);
      else await keepHeartbeats(options, registered);
      if (signal.aborted) return;
      say("Drover does not know this instance any more; it is registered again.");
      await refuseIfSuperseded(options, registered);
    }
  } finally {
    if (registered !== null && forgetAtEnd)
      await controlPlane
        .forget(registered.instanceId, AbortSignal.timeout(forgetDeadlineMs))
        .catch(() => undefined);
  }
}

/** Null: it was told to stop. Once the workspace was taken before, not even a refusal ends the tries. */
async function register(options: WorkspaceAgentOptions, again: boolean): Promise<Registered | null> {
  const { offer, controlPlane, signal, say } = options;
  const backoff = new Backoff({ firstMs: 1_000, maxMs: 30_000 });
  while (!signal.aborted) {
    try {
      return await controlPlane.register(offer, signal);
    } catch (error) {
      if (signal.aborted) return null;
      if (error instanceof Refused && !again) throw error;
      say(`The workspace could not be registered yet: ${messageOf(error)}`);
      await backoff.pause(signal);
    }
  }
  return null;
}

/** Resolves when the instance is not known any more, or the signal aborts. */
async function keepTunnel(options: WorkspaceAgentOptions, { instanceId }: Registered): Promise<void> {
  const { controlPlane, server, signal, say } = options;
  const backoff = new Backoff({ firstMs: 500, maxMs: 30_000 });
  let failures = 0;
  while (!signal.aborted) {
    let openedMs: number | null = null;
    const ending = await dialOut({
      ...controlPlane.tunnelOf(instanceId),
      target: () => server.target(),
      signal,
      onOpen: () => {
        openedMs = performance.now();
        failures = 0;
        say("The tunnel is open.");
      },
    });
    if (signal.aborted || isForgotten(ending)) return;
    if (openedMs !== null && performance.now() - openedMs > goodConnectionMs) backoff.reset();
    failures += 1;
    if (failures === 1 || failures % toldEvery === 0) say(`${describe(ending)} It is opened again.`);
    await backoff.pause(signal);
  }
}

/** Resolves when the instance is not known any more, or the signal aborts. */
async function keepHeartbeats(options: WorkspaceAgentOptions, registered: Registered): Promise<void> {
  const { controlPlane, signal, say } = options;
  while (!signal.aborted) {
    try {
      if (!(await controlPlane.heartbeat(registered.instanceId, signal))) return;
    } catch (error) {
      if (!signal.aborted) say(`A heartbeat failed: ${messageOf(error)}`);
    }
    // A third of what is allowed between two, so that one that is lost is not missed.
    await sleep((registered.heartbeatSeconds * 1000) / 3, undefined, { signal }).catch(() => undefined);
  }
}

async function refuseIfSuperseded(options: WorkspaceAgentOptions, former: Registered): Promise<void> {
  const { controlPlane, offer, signal } = options;
  const present = await controlPlane.instancesOf(offer.workspaceId, signal).catch(() => []);
  const [other] = present.filter((id) => id !== former.instanceId);
  if (other !== undefined)
    throw new Superseded(
      `${offer.workspaceId} has been registered anew, as ${other}: only one agent can serve it.`,
    );
}

function isForgotten(ending: Ending): boolean {
  if (ending.kind === "closed") return ending.code === tunnelClose.forgotten;
  return ending.kind === "refused" && ending.status === 404;
}

function describe(ending: Ending): string {
  if (ending.kind === "refused") return `The tunnel was refused with ${ending.status}.`;
  if (ending.kind === "failed") return `The tunnel could not be kept open: ${ending.message}.`;
  return `The tunnel was closed (${ending.code}${ending.reason === "" ? "" : `, ${ending.reason}`}).`;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
