/** The gateway's end of a tunnel: sends requests into a workspace. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { bridgeSocket } from "./bridge-socket.ts";
import { closeSocket } from "./close-socket.ts";
import type { PassingHeaders } from "./passing-headers.ts";
import { tunnelLimits } from "./tunnel-limits.ts";
import { defaultPulse, type Pulse, watchPulse } from "./watch-pulse.ts";

export interface TunnelRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: PassingHeaders;
  readonly hasBody: boolean;
}

/** A name that resolves nowhere: HTTP/2 asks for one, and the other end looks at none. */
const authority = "http://opencode.invalid";

export class TunnelSession {
  /** Fulfilled when the tunnel is gone, however that came; never rejects. */
  readonly closed: Promise<void>;
  readonly #webSocket: WebSocket;
  readonly #session: ClientHttp2Session;

  private constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket;
    this.closed = new Promise((resolve) => {
      webSocket.once("close", () => resolve());
    });
    this.#session = connect(authority, {
      createConnection: () => socket,
      settings: {
        enablePush: false,
        initialWindowSize: tunnelLimits.streamWindowBytes,
        maxHeaderListSize: tunnelLimits.headerBytesMax,
      },
      peerMaxConcurrentStreams: tunnelLimits.streamsMax,
    });
    this.#session.on("error", () => webSocket.terminate());
    this.#session.once("connect", () => this.#session.setLocalWindowSize(tunnelLimits.sessionWindowBytes));
    this.#session.once("close", () => webSocket.terminate());
  }

  /**
   * @param webSocket open, with `messageBytesMax` as its limit
   * @throws Error when it closes meanwhile
   */
  static async open(webSocket: WebSocket, pulse: Pulse = defaultPulse): Promise<TunnelSession> {
    watchPulse(webSocket, pulse);
    return new TunnelSession(webSocket, await bridgeSocket(webSocket));
  }

  get open(): boolean {
    const { readyState, OPEN } = this.#webSocket;
    return readyState === OPEN && !this.#session.destroyed && !this.#session.closed;
  }

  /** @throws Error when the tunnel is no longer open */
  request({ method, path, headers, hasBody }: TunnelRequest): ClientHttp2Stream {
    if (!this.open) throw new Error("the tunnel is closed");
    return this.#session.request({ ...headers, ":method": method, ":path": path }, { endStream: !hasBody });
  }

  /** Requests under way are cut off. */
  async close(code: number, reason: string): Promise<void> {
    await closeSocket(this.#webSocket, code, reason);
  }
}
