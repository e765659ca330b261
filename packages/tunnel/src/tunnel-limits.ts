/**
 * What both ends of a tunnel agree on.
 *
 * A tunnel is HTTP/2 over the messages of one WebSocket. The workspace dials out, so it is the WebSocket's client; requests go
 * the other way, so it is HTTP/2's server.
 */

/** The WebSocket's subprotocol. An end that speaks another version is refused at the handshake. */
export const tunnelProtocol = "drover-tunnel.v1";

/** Why a WebSocket of a tunnel was closed, beside the codes that every WebSocket has. */
export const tunnelClose = {
  /** The gateway stops; another replica will take the tunnel. */
  goingAway: 1001,
  /** A newer tunnel of the same instance has taken its place. */
  replaced: 4000,
  /** The credential is no longer valid. */
  refused: 1008,
  /** The instance is no longer registered. */
  forgotten: 4404,
} as const;

/** Of an answer that did not come from OpenCode: where the request came to an end. */
export const tunnelFaultHeader = "x-drover-tunnel";

/** Brings the token of a tunnel, from a worker to the gateway that holds it. */
export const tunnelTokenHeader = "x-drover-tunnel-token";

/**
 * `absent`: it was not sent, because no tunnel is there. `unreachable`: it was not sent, because OpenCode does not listen.
 * `lost`: it was sent, and its answer will never come.
 */
export const tunnelFaults = ["absent", "unreachable", "lost"] as const;
export type TunnelFault = (typeof tunnelFaults)[number];

export const tunnelLimits = {
  /** One message of the WebSocket. */
  messageBytesMax: 4 * 1024 * 1024,
  /** The headers of one request or answer. */
  headerBytesMax: 32 * 1024,
  requestBytesMax: 32 * 1024 * 1024,
  /** Requests under way at once. */
  streamsMax: 128,
  /** What one stream may have under way before its reader has taken it. */
  streamWindowBytes: 256 * 1024,
  /** The same for all streams of a tunnel together. */
  sessionWindowBytes: 4 * 1024 * 1024,
} as const;
