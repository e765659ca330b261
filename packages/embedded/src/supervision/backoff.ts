/** How long to wait before a process that ended is started again. */

export interface Backoff {
  /** Before the first restart, in milliseconds. */
  readonly firstMs: number;
  /** It doubles up to this. */
  readonly maxMs: number;
  /** A process that ran for so long has recovered: the next end counts as the first. */
  readonly stableMs: number;
}

export const serviceBackoff: Backoff = { firstMs: 250, maxMs: 30_000, stableMs: 60_000 };

/** @param failures how many ends in a row, from 1 */
export function backoffMs(backoff: Backoff, failures: number): number {
  const full = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(failures - 1, 30));
  return full * (0.5 + Math.random() / 2);
}
