/**
 * One tunnel that this replica holds, for as long as it is open: keeps its place in the directory, and tells of the instance's life
 * as long as OpenCode answers through it.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { toError } from "@drover/errors";
import type { InstanceStore, TunnelDirectory } from "@drover/instances";
import type { Logger } from "@drover/observability";
import { type TunnelSession, tunnelClose } from "@drover/tunnel";
import { probeTunnel } from "./probe-tunnel.ts";

/** A probe with every third refresh: twice within the time between two heartbeats. */
const refreshesPerProbe = 3;

export interface HeldTunnelParts {
  readonly instanceId: string;
  readonly session: TunnelSession;
  /** Of this replica's endpoint. */
  readonly url: string;
  readonly directory: TunnelDirectory;
  readonly instances: InstanceStore;
  /** Whether the credential that opened the tunnel still counts. */
  readonly isAllowed: () => Promise<boolean>;
  /** Between two signs to the directory, in milliseconds. */
  readonly refreshMs: number;
  readonly logger: Logger;
}

export class HeldTunnel {
  readonly session: TunnelSession;
  readonly token = randomBytes(32).toString("base64url");
  readonly #parts: HeldTunnelParts;

  constructor(parts: HeldTunnelParts) {
    this.#parts = parts;
    this.session = parts.session;
  }

  /** Resolves when the tunnel is closed and its place is given up; never rejects. */
  async hold(): Promise<void> {
    const { directory, instanceId, session, refreshMs, logger } = this.#parts;
    const closed = new AbortController();
    void session.closed.then(() => closed.abort());
    let epoch: string | null = null;
    for (let round = 0; session.open; round += 1) {
      try {
        epoch = await this.#refresh(epoch);
        if (round % refreshesPerProbe === 0) await this.#check();
      } catch (error) {
        // Redis is away: the tunnel stays, and takes its place again when Redis is back.
        logger.warn(
          { err: toError(error), instance_id: instanceId },
          "a tunnel could not be kept up to date",
        );
      }
      await sleep(refreshMs, undefined, { signal: closed.signal }).catch(() => undefined);
    }
    await session.closed;
    if (epoch !== null) await directory.release(instanceId, epoch).catch(() => undefined);
  }

  async #refresh(epoch: string | null): Promise<string> {
    const { directory, instanceId, url, session } = this.#parts;
    const place = { url, token: this.token };
    if (epoch === null) return await directory.claim(instanceId, place);
    if (!(await directory.keep(instanceId, place, epoch))) {
      await session.close(tunnelClose.replaced, "a newer tunnel has taken its place");
    }
    return epoch;
  }

  async #check(): Promise<void> {
    const { instances, instanceId, isAllowed, session } = this.#parts;
    if (!(await isAllowed()))
      return await session.close(tunnelClose.refused, "the credential is not valid any more");
    const version = await probeTunnel(session);
    const known =
      version === null ? await instances.find(instanceId) : await instances.heartbeat(instanceId, version);
    if (known === null) await session.close(tunnelClose.forgotten, "the instance is not registered any more");
  }
}
