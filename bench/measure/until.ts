/** Looks until something is so; the looks are short beside what is measured. */
import { setTimeout as pause } from "node:timers/promises";

const deadlineMs = 600_000;

/** @throws Error when it is not so within ten minutes */
export async function until(
  isSo: () => Promise<boolean>,
  { everyMs = 2, what = "the end of a round" } = {},
): Promise<void> {
  const endMs = Date.now() + deadlineMs;
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error(`waited too long for ${what}`);
    await pause(everyMs);
  }
}

/** How long `work` takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}
