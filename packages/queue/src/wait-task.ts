/** Lets the task of a control step wait, for a time or for another run, with nobody holding it. */
import type { Payload } from "@drover/contracts";
import { z } from "zod";
import { waitScript } from "./scripts/wait-task.ts";
import type { Store } from "./store.ts";
import type { TaskClaim } from "./task-claim.ts";
import type { WaitsFor } from "./waits-for.ts";

export interface Wait {
  readonly waitsFor: Exclude<WaitsFor, { kind: "approval" }>;
  /** When the task is looked at again if nobody wakes it. */
  readonly untilMs: number;
  /** Told as progress of the task; null: it has been told. */
  readonly event: Payload | null;
}

const reply = z.enum(["stale", "final", "waiting", "over"]);

/**
 * From `waiting` on the claim is worth nothing: the task is claimed anew when it goes on.
 * @returns `over` where the run that it would wait for has ended: then nothing was written; `stale` where the task has another
 *   holder or has ended
 */
export async function waitTask(
  store: Store,
  claim: TaskClaim,
  wait: Wait,
): Promise<"waiting" | "over" | "stale"> {
  const { shard, spec, epoch } = claim;
  const { waitsFor } = wait;
  const outcome = reply.parse(
    await store.scripts.run(
      waitScript,
      [shard.task(spec.id)],
      [
        shard.prefix,
        spec.id,
        epoch,
        waitsFor.kind === "workflow" ? "waiting" : "delayed",
        Math.round(wait.untilMs),
        JSON.stringify(waitsFor),
        waitsFor.kind === "workflow" ? waitsFor.id : "",
        new Date().toISOString(),
        wait.event === null ? "" : JSON.stringify(wait.event),
      ],
    ),
  );
  return outcome === "final" ? "stale" : outcome;
}
