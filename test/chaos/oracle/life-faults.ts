/**
 * Reads the stored events of a task and says what cannot have happened: a start after the end, two ends, an end that was not
 * written down. A redrive begins another life; each life ends once.
 */
import type { Event } from "@drover/contracts";

export interface Life {
  /** How it stands after the last event. */
  readonly state: "none" | "queued" | "started" | "completed" | "failed" | "cancelled";
  /** How often it was queued: once, and once more for each time it was opened again. */
  readonly lives: number;
  readonly starts: number;
  readonly faults: readonly string[];
}

const finals = new Set(["completed", "failed", "cancelled"]);

/** @param events of one task in the order of its stream; their types may begin with `task.` or `step.` */
export function lifeOf(events: readonly Event[]): Life {
  let state: Life["state"] = "none";
  let lives = 0;
  let starts = 0;
  const faults: string[] = [];
  for (const event of events) {
    const what = event.type.slice(event.type.indexOf(".") + 1);
    const at = `${what} (${event.id}) after ${state}`;
    if (what === "queued") {
      if (state !== "none" && !finals.has(state)) faults.push(`queued twice: ${at}`);
      state = "queued";
      lives += 1;
    } else if (state === "none") {
      faults.push(`began without being queued: ${at}`);
    } else if (finals.has(state)) {
      faults.push(`went on after its end: ${at}`);
    }
    if (what === "started") {
      state = "started";
      starts += 1;
    }
    if (what === "completed" || what === "failed" || what === "cancelled") state = what;
  }
  return { state, lives, starts, faults };
}
