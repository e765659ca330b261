/** What a lane of work is given: the API as a client sees it, and where to tell what it saw. */
import type { DroverClient } from "@drover/client";
import type { WorkRecord } from "./work-record.ts";

export interface LaneContext {
  readonly client: DroverClient;
  /** Aborted when the run gives up on what has not ended. */
  readonly signal: AbortSignal;
  /** The Idempotency-Key of a piece of work. */
  keyOf(index: number): string;
  accepted(kind: "task" | "run", id: string, index: number): void;
  /** Compares what has ended with what its program says. */
  judge(record: WorkRecord): void;
  fault(index: number, what: string): void;
}
