/** A signal for one request: aborted when its caller leaves or the gateway stops. */
import type { IncomingMessage, ServerResponse } from "node:http";

export interface CallSignal extends Disposable {
  readonly signal: AbortSignal;
}

/** Dispose when the request is answered, so that nothing keeps listening on `stopping`. */
export function callSignal(
  request: IncomingMessage,
  response: ServerResponse,
  stopping: AbortSignal,
): CallSignal {
  const controller = new AbortController();
  const leave = () => controller.abort(new Error("the caller left or the gateway stops"));
  if (stopping.aborted || request.destroyed) leave();
  stopping.addEventListener("abort", leave, { once: true });
  response.once("close", leave);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      stopping.removeEventListener("abort", leave);
      response.off("close", leave);
    },
  };
}
