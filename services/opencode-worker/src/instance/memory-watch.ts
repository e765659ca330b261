/**
 * Ends an instance of the runtime `process` that uses more memory than it may. The kernel could do that with a control group,
 * which a worker seldom may make; so this looks every few seconds. A process that left its parents is not counted.
 */
import { readdir, readFile } from "node:fs/promises";
import { toError } from "@drover/errors";
import type { Logger } from "@drover/observability";

const lookEveryMs = 2_000;

/** What is watched: a process that can be ended. */
export interface Watched {
  readonly pid: number | undefined;
  readonly alive: boolean;
  endForOveruse(how: string): void;
}

export class MemoryWatch implements Disposable {
  readonly #memoryMib: number;
  readonly #logger: Logger;
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | null = null;
  #looking = false;

  constructor(memoryMib: number, logger: Logger) {
    this.#memoryMib = memoryMib;
    this.#logger = logger;
  }

  watch(instance: Watched): void {
    this.#watched.add(instance);
    this.#timer ??= setInterval(() => void this.#look(), lookEveryMs).unref();
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      for (const instance of this.#watched) if (!instance.alive) this.#watched.delete(instance);
      if (this.#watched.size === 0) return this[Symbol.dispose]();
      const used = await residentMib([...this.#watched].flatMap(({ pid }) => pid ?? []));
      for (const instance of this.#watched) {
        const mib = used.get(instance.pid ?? 0) ?? 0;
        if (mib <= this.#memoryMib) continue;
        this.#logger.warn(
          { pid: instance.pid, mib },
          "an OpenCode instance used too much memory and is ended",
        );
        instance.endForOveruse(`it used more memory than the ${this.#memoryMib} MiB that it may`);
      }
    } catch (error) {
      this.#logger.debug({ err: toError(error) }, "the memory of the instances could not be read");
    } finally {
      this.#looking = false;
    }
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

/** The resident memory of each of these processes with all beneath it. Empty where there is no /proc. */
async function residentMib(roots: readonly number[]): Promise<Map<number, number>> {
  const pids = (await readdir("/proc").catch(() => [])).filter((entry) => /^\d+$/.test(entry));
  const rows = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => ""); // ended meanwhile
      const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
      return { pid: Number(pid), parent: number("PPid"), kib: number("VmRSS") };
    }),
  );
  const sum = (pid: number): number =>
    rows.reduce(
      (kib, row) => kib + (row.pid === pid ? row.kib : 0) + (row.parent === pid ? sum(row.pid) : 0),
      0,
    );
  return new Map(roots.map((pid) => [pid, Math.round(sum(pid) / 1024)]));
}
