/**
 * The workspace's end of a tunnel: answers requests by asking one OpenCode server on this machine, and nothing else. Where that
 * server is, is fixed here; a request says only method, path, headers and body. Its password is added here, so it never leaves the
 * workspace.
 */
import { request as ask, type ClientRequest, type IncomingHttpHeaders } from "node:http";
import {
  constants,
  createServer,
  type IncomingHttpHeaders as Http2Headers,
  type ServerHttp2Stream,
} from "node:http2";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { WebSocket } from "ws";
import { bridgeSocket } from "./bridge-socket.ts";
import { passingHeaders } from "./passing-headers.ts";
import { type TunnelFault, tunnelFaultHeader, tunnelLimits } from "./tunnel-limits.ts";
import { defaultPulse, type Pulse, watchPulse } from "./watch-pulse.ts";

/** Where OpenCode listens on this machine. */
export interface TunnelTarget {
  readonly host: string;
  readonly port: number;
  /** The value of its `Authorization`; null: it asks for none. */
  readonly authorization: string | null;
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
/** Errors of a connection that never came to be: OpenCode has seen nothing of the request. */
const neverSent = new Set(["ECONNREFUSED", "EADDRNOTAVAIL", "EHOSTUNREACH", "ENETUNREACH"]);

/**
 * Serves from now until the WebSocket closes.
 * @param target where OpenCode is now; null: it is being started
 * @throws Error when the WebSocket closes before it could be served
 */
export async function serveTunnel(
  webSocket: WebSocket,
  target: () => TunnelTarget | null,
  pulse: Pulse = defaultPulse,
): Promise<void> {
  watchPulse(webSocket, pulse);
  const socket = await bridgeSocket(webSocket);
  const server = createServer({
    settings: {
      enablePush: false,
      maxConcurrentStreams: tunnelLimits.streamsMax,
      maxHeaderListSize: tunnelLimits.headerBytesMax,
      initialWindowSize: tunnelLimits.streamWindowBytes,
    },
  });
  server.on("session", (session) => {
    session.setLocalWindowSize(tunnelLimits.sessionWindowBytes);
    session.on("error", () => webSocket.terminate());
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    answer(stream, headers, target());
  });
  server.emit("connection", socket);
}

function answer(stream: ServerHttp2Stream, headers: Http2Headers, target: TunnelTarget | null): void {
  const method = headers[":method"] ?? "GET";
  const path = headers[":path"] ?? "/";
  if (!methods.has(method) || !path.startsWith("/")) {
    refuse(stream, 400, null, "This is not passed on.");
    return;
  }
  if (target === null) {
    refuse(stream, 502, "unreachable", "OpenCode is not running in this workspace at the moment.");
    return;
  }
  const upstream = ask({
    host: target.host,
    port: target.port,
    method,
    path,
    agent: false,
    headers: {
      ...passingHeaders(headers),
      host: `${target.host.includes(":") ? `[${target.host}]` : target.host}:${target.port}`,
      ...(target.authorization === null ? {} : { authorization: target.authorization }),
    },
  });
  upstream.setNoDelay(true);
  stream.once("close", () => upstream.destroy());
  upstream.once("error", (error: NodeJS.ErrnoException) => {
    const unsent = neverSent.has(error.code ?? "");
    refuse(stream, 502, unsent ? "unreachable" : "lost", "OpenCode did not answer in this workspace.");
  });
  upstream.once("response", (response) => {
    if (stream.destroyed || stream.headersSent) {
      response.destroy();
      return;
    }
    const bodiless = method === "HEAD" || response.statusCode === 204 || response.statusCode === 304;
    stream.respond(
      { ...passingHeaders(response.headers), ":status": response.statusCode ?? 502 },
      { endStream: bodiless },
    );
    if (bodiless) response.resume();
    else pipeline(response, stream).catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  });
  send(stream, upstream, headers);
}

function send(stream: ServerHttp2Stream, upstream: ClientRequest, headers: IncomingHttpHeaders): void {
  if (Number(headers["content-length"] ?? 0) > tunnelLimits.requestBytesMax) {
    upstream.destroy();
    refuse(stream, 413, null, "The request is too large.");
    return;
  }
  let bytes = 0;
  const measure = new Transform({
    transform(piece: Buffer, _encoding, done) {
      bytes += piece.length;
      if (bytes <= tunnelLimits.requestBytesMax) done(null, piece);
      else {
        refuse(stream, 413, null, "The request is too large.");
        done(new Error("the request is too large"));
      }
    },
  });
  // Not a pipeline: that would end the stream together with a request that fails, before it is answered.
  measure.once("error", () => upstream.destroy());
  stream.pipe(measure).pipe(upstream);
}

function refuse(stream: ServerHttp2Stream, status: number, fault: TunnelFault | null, message: string): void {
  if (stream.destroyed || stream.closed) return;
  if (stream.headersSent) {
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return;
  }
  stream.respond({
    ":status": status,
    "content-type": "application/json",
    ...(fault === null ? {} : { [tunnelFaultHeader]: fault }),
  });
  stream.end(JSON.stringify({ message }));
}
