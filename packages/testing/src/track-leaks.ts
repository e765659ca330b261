/**
 * Fails a test file that leaves something open: a child process, a socket, a listening server.
 *
 *     const leaks = trackLeaks();
 *     afterAll(() => leaks.check());
 *
 * Placed first in the file, its check runs last.
 */

import { descendantsOf } from "@drover/processes";
import { eventually } from "./eventually.ts";

/** Kinds of open things that Node names and that a test must close. Timers are not among them: the runner has its own. */
const watched = ["TCPSocketWrap", "TCPServerWrap", "UDPWrap", "ProcessWrap", "FSEventWrap", "StatWatcher"];

export interface LeakTracker {
  /**
   * Waits a moment for what is just closing.
   * @throws Error naming what is still open
   */
  check(options?: { deadlineMs?: number }): Promise<void>;
}

export function trackLeaks(): LeakTracker {
  const openBefore = countOpen();
  const childrenBefore = descendantsOf(process.pid).then(
    (children) => new Set(children.map((child) => child.pid)),
  );
  return {
    async check({ deadlineMs = 10_000 } = {}) {
      const known = await childrenBefore;
      await eventually(
        async () => {
          const children = (await descendantsOf(process.pid)).filter((child) => !known.has(child.pid));
          const open = countOpen();
          const faults = [
            ...children.map((child) => `process ${child.pid} (${child.command})`),
            ...watched.flatMap((kind) => {
              const more = (open.get(kind) ?? 0) - (openBefore.get(kind) ?? 0);
              return more > 0 ? [`${more} more ${kind}`] : [];
            }),
          ];
          if (faults.length > 0) throw new Error(`left open: ${faults.join(", ")}`);
        },
        { deadlineMs },
      );
    },
  };
}

function countOpen(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
