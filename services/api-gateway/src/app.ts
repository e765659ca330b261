/** The gateway as an Express application: every operation of the contract, the documents, and the queue board. */
import { type Operation, openTunnel } from "@drover/contracts";
import express, { type Express } from "express";
import { serveQueueBoard } from "./admin/queue-board.ts";
import { serveSignIn } from "./admin/sign-in.ts";
import { serveApiDocs } from "./docs/api-docs.ts";
import { answerErrors, methodNotAllowed, routeNotFound } from "./middleware/errors.ts";
import { observeRequests } from "./middleware/observe-requests.ts";
import { requestId } from "./middleware/request-id.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { routes, streamRoutes } from "./routes/all-routes.ts";
import { bindOperation } from "./routing/bind-operation.ts";
import { expressPath } from "./routing/path-pattern.ts";
import type { Services } from "./services.ts";
import { bindEventStream } from "./streams/bind-event-stream.ts";
import { bindTunnel } from "./tunnels/bind-tunnel.ts";
import type { TunnelHub } from "./tunnels/tunnel-hub.ts";

/** @param trustProxy proxies whose X-Forwarded-* headers count; null: none */
export function createApp(
  services: Services,
  tunnels: TunnelHub,
  trustProxy: number | readonly string[] | null,
): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  if (trustProxy !== null) app.set("trust proxy", trustProxy);
  app.use(requestId, observeRequests(services.logger, services.metrics), securityHeaders("api"));

  for (const route of Object.values(routes)) bindOperation(app, services, route);
  for (const route of Object.values(streamRoutes)) bindEventStream(app, services, route);
  bindTunnel(app, services, tunnels);
  const bound = [...Object.values(routes), ...Object.values(streamRoutes)].map(({ operation }) => operation);
  refuseOtherMethods(app, [...bound, openTunnel]);
  serveApiDocs(app);
  serveSignIn(app, services);
  serveQueueBoard(app, services);

  app.use(routeNotFound);
  app.use(answerErrors(services.logger));
  return app;
}

const parametersIn = (path: string): number => path.split("{").length - 1;

/** A path of the contract that is asked with a method of no operation. */
function refuseOtherMethods(app: Express, operations: readonly Operation[]): void {
  const methods = new Map<string, string[]>();
  for (const { path, method } of operations) {
    const also = method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()];
    methods.set(path, [...(methods.get(path) ?? []), ...also]);
  }
  // `/dead-letters/redrive` before `/dead-letters/{id}`, which would answer for it.
  const named = [...methods].sort(([left], [right]) => parametersIn(left) - parametersIn(right));
  for (const [path, allowed] of named) app.all(expressPath(path), methodNotAllowed(allowed));
}
