/** Drover's API as the workspace agent needs it. */
import { randomUUID } from "node:crypto";
import {
  deleteInstance,
  heartbeatInstance,
  listInstances,
  openTunnel,
  registerInstance,
} from "@drover/contracts";
import { type ControlPlane, Refused } from "@drover/workspace-agent";
import { DroverApiError } from "../api-error.ts";
import type { DroverClient } from "../drover-client.ts";
import { requestUrl } from "../request-url.ts";
import type { Terminal } from "./command-context.ts";

/** Of errors that trying again does not heal. */
function isRefusal(error: unknown): error is DroverApiError {
  return error instanceof DroverApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
}

async function orRefused<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw new Refused(error.message, { cause: error });
  }
}

const isGone = (error: unknown) => error instanceof DroverApiError && error.status === 404;

/** @param organization empty: the key's only one */
export function workspaceControlPlane(
  client: DroverClient,
  key: string,
  organization: { readonly organization_id?: string },
  { proxyAgentFor }: Pick<Terminal, "proxyAgentFor">,
): ControlPlane {
  return {
    async register(offer, signal) {
      const body = {
        ...organization,
        workspace_id: offer.workspaceId,
        runtime: "remote" as const,
        directory: offer.directory,
        ...(offer.url === null ? {} : { url: offer.url }),
        ...(offer.password === null ? {} : { password: offer.password }),
      };
      const made = await orRefused(
        client.call(registerInstance, { body, idempotencyKey: randomUUID(), signal }),
      );
      return { instanceId: made.id, heartbeatSeconds: made.heartbeat_seconds };
    },
    async heartbeat(instanceId, signal) {
      try {
        await client.call(heartbeatInstance, { params: { instance_id: instanceId }, signal });
        return true;
      } catch (error) {
        if (isGone(error)) return false;
        throw error;
      }
    },
    async forget(instanceId, signal) {
      try {
        await client.call(deleteInstance, { params: { instance_id: instanceId }, signal });
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    },
    async instancesOf(workspaceId, signal) {
      const terms = [`workspace:${workspaceId}`, "runtime:remote"];
      if (organization.organization_id !== undefined)
        terms.push(`organization:${organization.organization_id}`);
      const { instances } = await client.call(listInstances, {
        query: { q: terms.join(" "), limit: 200 },
        signal,
      });
      return instances.map(({ id }) => id);
    },
    tunnelOf(instanceId) {
      const url = requestUrl(client.baseUrl, openTunnel, { params: { instance_id: instanceId } });
      return {
        url: url.href.replace(/^http/, "ws"),
        headers: { authorization: `Bearer ${key}` },
        agent: proxyAgentFor(url),
      };
    },
  };
}
