/** An OpenCode that runs already, on this machine. It is used and left as it is. */
import { isIPv4 } from "node:net";
import type { TunnelTarget } from "@drover/tunnel";
import { basicOf, type OpenCodeServer, OpenCodeUnavailable, versionOf } from "./open-code-server.ts";

const probeDeadlineMs = 5_000;

/**
 * Where a server of this machine listens.
 * @throws OpenCodeUnavailable for any other address: the tunnel must not lead past the workspace
 */
function loopbackTarget(text: string, password: string | null): TunnelTarget {
  const url = URL.canParse(text) ? new URL(text) : null;
  const host = url?.hostname.replace(/^\[(.*)\]$/, "$1") ?? "";
  const isLoopback = host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
  const isPlain =
    url !== null &&
    url.protocol === "http:" &&
    url.username === "" &&
    ["", "/"].includes(url.pathname + url.search);
  if (!isLoopback || !isPlain) {
    throw new OpenCodeUnavailable(
      `"${text}" is no address of OpenCode on this machine: it must be http://127.0.0.1:PORT, without a path or a password.`,
    );
  }
  const port = Number(url.port || 80);
  return { host: host === "localhost" ? "127.0.0.1" : host, port, authorization: basicOf(password) };
}

export class AdoptedServer implements OpenCodeServer {
  readonly #target: TunnelTarget;

  private constructor(target: TunnelTarget) {
    this.#target = target;
  }

  /**
   * @param password null: it asks for none
   * @throws OpenCodeUnavailable when it does not answer there
   */
  static async adopt(url: string, password: string | null): Promise<AdoptedServer> {
    const target = loopbackTarget(url, password);
    await versionOf(target, probeDeadlineMs);
    return new AdoptedServer(target);
  }

  target(): TunnelTarget {
    return this.#target;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
