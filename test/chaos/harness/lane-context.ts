/** What a lane of work is given: the API as a client sees it, and where to tell what it saw. */
import type { DroverClient } from "@drover/client";

export interface LaneContext {
  readonly client: DroverClient;
  /** Aborted when the run gives up on what has not ended. */
  readonly signal: AbortSignal;
  /** The Idempotency-Key of a piece of work. */
  keyOf(index: number): string;
  accepted(kind: "task" | "run", id: string, index: number): void;
  fault(index: number, what: string): void;
}
