import { basePath, defineOperation } from "../define-operation.ts";
import { instanceParams } from "./heartbeat-instance.ts";

export const openTunnel = defineOperation({
  id: "open_tunnel",
  method: "get",
  path: `${basePath}/opencode/instances/{instance_id}/tunnel`,
  summary: "Open the tunnel of a workspace that dials out",
  description:
    "For a remote instance that was registered without a url. The request must ask for a WebSocket with the subprotocol `drover-tunnel.v1`; over it the gateway sends HTTP/2 requests to the workspace's OpenCode. A newer tunnel of the same instance replaces the older one (close code 4000). `drover workspace-agent` does all this.",
  tag: "OpenCode",
  requires: "instance:update",
  params: instanceParams,
  responses: { 101: { description: "The tunnel is open.", schema: undefined } },
  errors: ["conflict", "upgrade_required"],
});
