/** Health, readiness and metrics of a service, on a port of their own. */

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "@drover/observability";
import express from "express";

export interface HealthServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly metrics: Registry;
  /** Why the service cannot serve; empty when it can. Must answer within a second or so. */
  readonly reasons: () => Promise<readonly string[]>;
}

export interface HealthServer extends AsyncDisposable {
  readonly port: number;
}

export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const app = express();
  app.disable("x-powered-by");
  app.get("/healthz", (_request, response) => {
    response.json({ status: "ok", reasons: [] });
  });
  app.get("/readyz", async (_request, response) => {
    const reasons = await options.reasons();
    response
      .status(reasons.length === 0 ? 200 : 503)
      .json({ status: reasons.length === 0 ? "ok" : "unavailable", reasons });
  });
  app.get("/metrics", async (_request, response) => {
    response.type(options.metrics.contentType).send(await options.metrics.metrics());
  });
  const server = await new Promise<Server>((resolve, reject) => {
    const listening = app.listen(options.port, options.host, (error) =>
      error === undefined ? resolve(listening) : reject(error),
    );
  });
  return {
    port: portOf(server.address()),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}
