/** The ways in which a diagnostics task fails when it is told to. */
import type { failureModes } from "@drover/contracts";
import { CapacityFailure, PermanentFailure, RetryableFailure } from "@drover/errors";
import { untilAborted } from "../agent/abort.ts";

export type FailureMode = (typeof failureModes)[number];

/** How long `block` keeps the event loop, in milliseconds: longer than a lock lasts, and bounded. */
const blockMs = 60_000;
/** When `capacity` asks to be tried again, in milliseconds. */
const capacityRetryMs = 500;

export async function failAs(mode: FailureMode, signal: AbortSignal): Promise<never> {
  const message = `It was told to fail: ${mode}.`;
  switch (mode) {
    case "permanent":
      throw new PermanentFailure("diagnostics_failure", message);
    case "retryable":
      throw new RetryableFailure("diagnostics_failure", message);
    case "capacity":
      throw new CapacityFailure("diagnostics_failure", message, { retryAfterMs: capacityRetryMs });
    case "hang":
      return await untilAborted(signal);
    case "block":
      blockEventLoop(blockMs);
      throw new RetryableFailure("diagnostics_failure", message);
    case "crash":
      process.kill(process.pid, "SIGKILL");
      return await untilAborted(signal);
  }
}

function blockEventLoop(durationMs: number): void {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs);
}
