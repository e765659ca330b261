export { AdoptedServer } from "./adopted-server.ts";
export { type ControlPlane, Refused } from "./control-plane.ts";
export { type OpenCodeServer, OpenCodeUnavailable } from "./open-code-server.ts";
export { StartedServer } from "./started-server.ts";
export { runWorkspaceAgent, Superseded } from "./workspace-agent.ts";
