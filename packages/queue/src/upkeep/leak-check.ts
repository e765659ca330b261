/**
 * How one kind of leak is found and mended. A check walks through everything it looks at in bounded slices, so one slice
 * costs the same whatever the size of the whole.
 */
import type { LeakKind } from "@drover/contracts";
import type { Shard } from "../shard.ts";
import type { Store } from "../store.ts";
import type { Walk } from "./walk.ts";

export interface LeakCheck {
  readonly kind: LeakKind;
  readonly walk: Walk;
  /** Which of these ids are leaks as of now. */
  examine(store: Store, shard: Shard, ids: readonly string[]): Promise<string[]>;
  /** Mends what `examine` found; mending twice is mending once. */
  repair(store: Store, shard: Shard, ids: readonly string[]): Promise<void>;
}
