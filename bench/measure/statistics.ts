/** Medians and percentiles of small samples. */

/** @throws Error for an empty sample */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const at = Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1));
  const value = sorted[at];
  if (value === undefined) throw new Error("an empty sample has no percentile");
  return value;
}

/** @throws Error for an empty sample */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
