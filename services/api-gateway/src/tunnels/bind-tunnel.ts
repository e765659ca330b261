/** The route by which a workspace that dials out opens its tunnel: everything is checked before there is a WebSocket. */
import { isAllowed } from "@drover/access";
import { instanceParams, openTunnel } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { tunnelLimits, tunnelProtocol } from "@drover/tunnel";
import type { Express, Request, RequestHandler } from "express";
import { WebSocketServer } from "ws";
import { principalOf, stateOf } from "../request-state.ts";
import { findInstance } from "../routes/opencode/find-instance.ts";
import { guards } from "../routing/bind-operation.ts";
import { parsePart } from "../routing/parse-part.ts";
import { expressPath } from "../routing/path-pattern.ts";
import type { Services } from "../services.ts";
import { asksForWebSocket, takeUpgrade } from "../streams/pending-upgrade.ts";
import type { TunnelHub } from "./tunnel-hub.ts";

function asksForTunnel(request: Request): boolean {
  const offered = (request.get("Sec-WebSocket-Protocol") ?? "").split(",").map((name) => name.trim());
  return asksForWebSocket(request) && offered.includes(tunnelProtocol);
}

export function bindTunnel(app: Express, services: Services, hub: TunnelHub): void {
  const handshakes = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: tunnelLimits.messageBytesMax,
    perMessageDeflate: false,
    handleProtocols: () => tunnelProtocol,
  });

  const handle: RequestHandler = async (request, response) => {
    const params = parsePart(instanceParams, request.params, "params");
    const instance = await findInstance(
      services,
      principalOf(response),
      "instance:update",
      params.instance_id,
    );
    if (!asksForTunnel(request)) {
      response.setHeader("Upgrade", "websocket");
      throw new DroverError("upgrade_required", { detail: `Ask for a WebSocket with ${tunnelProtocol}.` });
    }
    if (instance.runtime !== "remote" || instance.url !== null) {
      throw new DroverError("conflict", {
        detail: "This instance was not registered as one that dials out.",
      });
    }
    hub.requireRoom();
    const { keys } = services.authentication;
    const token = stateOf(response).token ?? "";
    const scope = { organizationId: instance.organization_id, workspaceId: instance.workspace_id };
    const stillAllowed = async () => {
      const principal = await keys.authenticate(token);
      return principal !== null && isAllowed(principal, "instance:update", scope);
    };
    const upgrade = takeUpgrade(request, response);
    if (upgrade === null) throw new DroverError("upgrade_required");
    const { socket, head } = upgrade;
    response.statusCode = 101;
    const ended = new Promise<void>((resolve) => {
      // Also when the handshake fails and no WebSocket comes of it.
      socket.once("close", resolve);
    });
    handshakes.handleUpgrade(request, socket, head, (webSocket) => {
      void hub.hold(instance.id, webSocket, stillAllowed);
    });
    await ended;
    response.emit("close");
  };
  app.route(expressPath(openTunnel.path)).get(...guards(services, { operation: openTunnel }), handle);
}
