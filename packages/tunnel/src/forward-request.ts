/** Passes one HTTP request through a tunnel, and its answer back, piece by piece as each side can take them. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { constants } from "node:http2";
import { pipeline } from "node:stream/promises";
import { passingHeaders } from "./passing-headers.ts";
import { type TunnelFault, tunnelFaultHeader } from "./tunnel-limits.ts";
import type { TunnelSession } from "./tunnel-session.ts";

/** Answers for a tunnel that cannot: 502, with a header that says how far the request came. */
export function answerFault(response: ServerResponse, fault: TunnelFault, message: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  response.writeHead(502, { "content-type": "application/json", [tunnelFaultHeader]: fault });
  response.end(JSON.stringify({ message }));
}

/**
 * Resolves when the answer is through, or cut off; never rejects.
 * @param path within OpenCode, with its query
 */
export async function forwardRequest(
  session: TunnelSession,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const method = request.method ?? "GET";
  const length = request.headers["content-length"];
  const hasBody =
    request.headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
  let stream: ReturnType<TunnelSession["request"]>;
  try {
    stream = session.request({ method, path, headers: passingHeaders(request.headers), hasBody });
  } catch {
    answerFault(response, "absent", "The tunnel of this instance has just closed.");
    return;
  }
  const cancel = () => stream.close(constants.NGHTTP2_CANCEL);
  response.once("close", cancel);
  stream.on("error", () => undefined);
  // Not a pipeline: that would cut the caller's connection off together with the stream, and with it the answer.
  if (hasBody) request.pipe(stream);
  try {
    const status = await new Promise<number>((resolve, reject) => {
      stream.once("response", (headers) => {
        const { ":status": code = 502, ...rest } = headers;
        response.writeHead(code, answerHeaders(rest));
        response.flushHeaders();
        resolve(code);
      });
      stream.once("close", () => reject(new Error("closed before it was answered")));
    });
    const bodiless = method === "HEAD" || status === 204 || status === 304;
    if (!bodiless) await pipeline(stream, response, { end: false });
    // A stream that was cut off ends like one that is complete, except for this: half an answer must not pass for a whole.
    if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) throw new Error("the answer was cut off");
    response.end();
  } catch {
    answerFault(response, "lost", "The tunnel of this instance was cut while the request was under way.");
  } finally {
    response.off("close", cancel);
    // An answer may be complete while its request is not.
    cancel();
  }
}

/** The other end's word on where a request ended is kept. */
function answerHeaders(headers: Parameters<typeof passingHeaders>[0]): ReturnType<typeof passingHeaders> {
  const fault = headers[tunnelFaultHeader];
  return { ...passingHeaders(headers), ...(fault === undefined ? {} : { [tunnelFaultHeader]: fault }) };
}
