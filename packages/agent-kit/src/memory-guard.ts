/**
 * Stops taking tasks before memory is short, since a worker that the kernel kills loses all that it runs. It goes on when
 * enough is free again; what runs is left alone.
 */
import { getHeapStatistics } from "node:v8";
import type { Logger } from "@drover/observability";
import type { Intake } from "@drover/queue";

/** Memory in use by this process and the most it may use, in bytes. */
export interface MemoryUse {
  readonly usedBytes: number;
  readonly maxBytes: number;
}

export interface MemoryGuardOptions {
  readonly intakes: readonly Pick<Intake, "hold" | "release">[];
  readonly logger: Logger;
  readonly read: () => MemoryUse;
}

const everyMs = 1_000;
/** It goes on only below this part of the limit, so that it does not flutter. */
const relief = 0.9;
const share = 0.9;
const reason = "memory is short";
const mib = 1024 * 1024;

export class MemoryGuard implements AsyncDisposable {
  readonly #options: MemoryGuardOptions;
  readonly #timer: NodeJS.Timeout;
  #held = false;

  constructor(options: MemoryGuardOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.look(), everyMs);
    this.#timer.unref();
    this.look();
  }

  /** Looks once. It does so by itself every second. */
  look(): void {
    const { read, intakes, logger } = this.#options;
    const { usedBytes, maxBytes } = read();
    const held = usedBytes > (this.#held ? relief * maxBytes : maxBytes);
    if (held === this.#held) return;
    this.#held = held;
    const used = { used_mib: Math.round(usedBytes / mib), max_mib: Math.round(maxBytes / mib) };
    if (held) logger.warn(used, "memory is short: no more tasks are taken");
    else logger.info(used, "memory is enough again: tasks are taken");
    for (const intake of intakes) void (held ? intake.hold(reason) : intake.release(reason));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
  }
}

/**
 * How to read it: with `maxMib`, the process as a whole against that; else the process against 90 % of what its container
 * may have, or the heap against 90 % of what Node.js gives it, whichever is nearer to its limit.
 */
export function memoryReader(maxMib: number | undefined): () => MemoryUse {
  if (maxMib !== undefined) return () => ({ usedBytes: process.memoryUsage.rss(), maxBytes: maxMib * mib });
  const heapMaxBytes = getHeapStatistics().heap_size_limit * share;
  const limit = process.constrainedMemory();
  const containerMaxBytes = limit > 0 ? limit * share : Number.POSITIVE_INFINITY;
  return () => {
    const { rss, heapUsed } = process.memoryUsage();
    return rss / containerMaxBytes > heapUsed / heapMaxBytes
      ? { usedBytes: rss, maxBytes: containerMaxBytes }
      : { usedBytes: heapUsed, maxBytes: heapMaxBytes };
  };
}
