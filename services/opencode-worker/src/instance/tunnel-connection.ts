/** Reaches an instance that dials out: through the tunnel that a gateway holds. Its password stays in the workspace. */
import type { TunnelDirectory } from "@drover/instances";
import type { ConnectRemote } from "./remote-connection.ts";
import { tunnelFetch } from "./tunnel-fetch.ts";

/** Resolves nowhere: only the path of a request counts. */
const baseUrl = "http://opencode.invalid";

export function connectByTunnel(directory: Pick<TunnelDirectory, "find">): ConnectRemote {
  return async ({ id }) => ({
    baseUrl,
    password: null,
    fetch: tunnelFetch({ instanceId: id, directory }),
    async [Symbol.asyncDispose]() {
      // Each request has its own connection to the gateway; nothing is held between two.
    },
  });
}

/** An instance with an address is reached there, one without has dialled out. */
export function connectEither(directly: ConnectRemote, byTunnel: ConnectRemote): ConnectRemote {
  return async (registration) =>
    registration.url === null ? await byTunnel(registration) : await directly(registration);
}
