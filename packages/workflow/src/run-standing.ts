/** Where a run stands: what has ended, and whether anything may still start. As of one moment. */
import type { Shard, Store } from "@drover/queue";
import { z } from "zod";
import { readStandingScript } from "./scripts/read-standing.ts";

export interface RunStanding {
  readonly status: string;
  /** Empty, or why no step starts any more. */
  readonly halted: string;
  readonly cancelled: boolean;
  readonly paused: boolean;
  /** Raised each time that steps are opened again. */
  readonly revision: number;
  /** How many steps are ready or run. */
  readonly open: number;
  /** Step, or step with its index → how it ended. */
  readonly ended: ReadonlyMap<string, string>;
}

const reply = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.string(),
  z.number(),
  z.number(),
  z.array(z.string()),
]);

export async function readStanding(store: Store, shard: Shard, runId: string): Promise<RunStanding> {
  const keys = [shard.run(runId), shard.runIndegree(runId), shard.runEnded(runId)];
  const read = reply.parse(await store.scripts.run(readStandingScript, keys, []));
  const [status, halted, cancelledAt, pausedAt, revision, open, flat] = read;
  const ended = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) ended.set(flat[i] ?? "", flat[i + 1] ?? "");
  return { status, halted, cancelled: cancelledAt !== "", paused: pausedAt !== "", revision, open, ended };
}
