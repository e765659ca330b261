/** When a call may be tried again, and how long to wait before. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Operation } from "@drover/contracts";
import { DroverApiError, DroverUnreachable } from "./api-error.ts";

export const triesMax = 4;
const firstPauseMs = 200;
const pauseMsMax = 5_000;
/** A longer `Retry-After` is the caller's business. */
const retryAfterMsMax = 30_000;

const passing = new Set([429, 502, 503, 504]);

/** Whether doing it twice does no harm. */
export function isRepeatable(operation: Operation, idempotencyKey: string | undefined): boolean {
  return operation.method !== "post" || (operation.idempotent && idempotencyKey !== undefined);
}

/** How long to wait before the next try, in milliseconds; null: trying again is no use. */
export function pauseMs(error: unknown, tries: number): number | null {
  if (error instanceof DroverUnreachable) return jitteredPauseMs(tries);
  if (!(error instanceof DroverApiError) || !passing.has(error.status)) return null;
  if (error.retryAfterMs === null) return jitteredPauseMs(tries);
  return error.retryAfterMs > retryAfterMsMax ? null : error.retryAfterMs + jitteredPauseMs(1);
}

/** Exponential with full jitter. */
function jitteredPauseMs(tries: number): number {
  return Math.random() * Math.min(pauseMsMax, firstPauseMs * 2 ** tries);
}

/** Sleeps; answers false when `signal` aborts first. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<boolean> {
  return await sleep(durationMs, true, { signal }).catch(() => false);
}
