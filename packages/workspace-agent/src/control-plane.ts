/** What the agent needs of Drover's API. The command line gives it one; so this package needs no client of its own. */
import type { Agent } from "node:http";

/** What is said of the workspace when it is registered. */
export interface Offer {
  readonly workspaceId: string;
  /** Where workers reach OpenCode; null: it dials out. */
  readonly url: string | null;
  /** Of an OpenCode that workers reach by themselves; null: it stays here. */
  readonly password: string | null;
  /** Absolute path of the workspace on this machine. */
  readonly directory: string;
}

export interface Registered {
  readonly instanceId: string;
  readonly heartbeatSeconds: number;
}

/** Where the tunnel of an instance is opened. */
export interface TunnelAddress {
  /** `ws:` or `wss:` */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Makes the connection; undefined: it is made directly. */
  readonly agent: Agent | undefined;
}

/** The API has said no, and would say so again. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** Each call has a deadline, and rejects with `Refused`, or with another error that trying again may heal. */
export interface ControlPlane {
  register(offer: Offer, signal: AbortSignal): Promise<Registered>;
  /** False: there is no such instance any more. */
  heartbeat(instanceId: string, signal: AbortSignal): Promise<boolean>;
  /** Does nothing when it is forgotten already. */
  forget(instanceId: string, signal: AbortSignal): Promise<void>;
  /** Ids of the instances that the workspace has now. */
  instancesOf(workspaceId: string, signal: AbortSignal): Promise<readonly string[]>;
  tunnelOf(instanceId: string): TunnelAddress;
}
