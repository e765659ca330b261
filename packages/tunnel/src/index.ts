export { answerFault, forwardRequest } from "./forward-request.ts";
export { serveTunnel, type TunnelTarget } from "./serve-tunnel.ts";
export {
  type TunnelFault,
  tunnelClose,
  tunnelFaultHeader,
  tunnelFaults,
  tunnelLimits,
  tunnelProtocol,
  tunnelTokenHeader,
} from "./tunnel-limits.ts";
export { TunnelSession } from "./tunnel-session.ts";
export type { Pulse } from "./watch-pulse.ts";
