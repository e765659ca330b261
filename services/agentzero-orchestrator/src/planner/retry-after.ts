/** Reads `Retry-After`, which is a number of seconds or a date. */

/** A provider may ask for a day; nobody waits that long for a plan. */
const retryAfterMsMax = 10 * 60_000;

/** In milliseconds from now, at most ten minutes; null where it is absent or not readable. */
export function retryAfterMs(header: string | string[] | undefined, nowMs = Date.now()): number | null {
  const text = (Array.isArray(header) ? header[0] : header)?.trim() ?? "";
  if (text === "") return null;
  const seconds = Number(text);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, Math.round(ms)), retryAfterMsMax);
}
