/**
 * A `fetch` for an instance that dials out: through whichever gateway replica holds its tunnel now.
 *
 * A workspace loses its connection and comes back within seconds, perhaps to another replica. So a request that was not sent waits
 * for the tunnel, and one that may have been answered is sent again where that does no harm. What may have been done already is
 * never done twice: it fails, and whoever asked reads in the session what became of it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { bounded, type TunnelDirectory, type TunnelPlace } from "@drover/instances";
import { type TunnelFault, tunnelFaultHeader, tunnelFaults, tunnelTokenHeader } from "@drover/tunnel";
import { z } from "zod";

export interface TunnelFetchOptions {
  readonly instanceId: string;
  readonly directory: Pick<TunnelDirectory, "find">;
  /** How long a request waits for the tunnel, where its own signal does not end it before. Default: 20,000. */
  readonly waitMaxMs?: number;
}

const defaultWaitMaxMs = 20_000;
const pauseMs = 250;
/** The largest answer; of a stream of events, the largest event. */
const answerBytesMax = 64 * 1024 * 1024;
const harmless = new Set(["GET", "HEAD", "OPTIONS"]);
const fault = z.enum(tunnelFaults);
/** Errors of a connection to the gateway that never came to be. */
const neverSent = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const withCode = z.object({ cause: z.object({ code: z.string() }) });

/** The connection to an instance is away, or was lost with a request. */
class TunnelUnavailable extends Error {
  override readonly name = "TunnelUnavailable";
  readonly fault: TunnelFault;

  constructor(instanceId: string, kind: TunnelFault, cause?: unknown) {
    super(`${sentences[kind]} (${instanceId})`, { cause });
    this.fault = kind;
  }
}

const sentences: Readonly<Record<TunnelFault, string>> = {
  absent: "the workspace is not connected",
  unreachable: "OpenCode does not run in the workspace",
  lost: "the connection to the workspace was lost",
};

/** The host of the request counts for nothing: its path, query, headers and body do. */
export function tunnelFetch(options: TunnelFetchOptions): (request: Request) => Promise<Response> {
  const { instanceId, directory, waitMaxMs = defaultWaitMaxMs } = options;
  return async (request) => {
    const body = request.body === null ? null : Buffer.from(await request.arrayBuffer());
    const endMs = performance.now() + waitMaxMs;
    for (;;) {
      request.signal.throwIfAborted();
      const place = await directory.find(instanceId).catch(() => null);
      const answer = place === null ? absent(instanceId) : await send(instanceId, place, request, body);
      if (answer instanceof Response) return answer;
      const maySendAgain = answer.fault !== "lost" || harmless.has(request.method);
      if (!maySendAgain || performance.now() + pauseMs > endMs) throw answer;
      await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal: request.signal });
    }
  };
}

const absent = (instanceId: string, cause?: unknown) => new TunnelUnavailable(instanceId, "absent", cause);

/** @throws the reason of the request's signal */
async function send(
  instanceId: string,
  place: TunnelPlace,
  request: Request,
  body: Buffer | null,
): Promise<Response | TunnelUnavailable> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  headers.set(tunnelTokenHeader, place.token);
  try {
    const answer = await fetch(`${place.url}/${instanceId}${pathname}${search}`, {
      method: request.method,
      headers,
      body,
      redirect: "manual",
      signal: request.signal,
    });
    const told = fault.safeParse(answer.headers.get(tunnelFaultHeader));
    if (!told.success) return withinBounds(answer);
    await answer.body?.cancel();
    return new TunnelUnavailable(instanceId, told.data);
  } catch (error) {
    request.signal.throwIfAborted();
    const code = withCode.safeParse(error);
    const unsent = code.success && neverSent.has(code.data.cause.code);
    return new TunnelUnavailable(instanceId, unsent ? "absent" : "lost", error);
  }
}

/** A workspace is not trusted to stop by itself. */
function withinBounds(answer: Response): Response {
  if (answer.body === null) return answer;
  const events = answer.headers.get("content-type")?.startsWith("text/event-stream") === true;
  const { status, headers } = answer;
  return new Response(answer.body.pipeThrough(bounded(answerBytesMax, events)), { status, headers });
}
