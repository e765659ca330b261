/**
 * Which processors an instance of the runtime `process` may use. To hold it to a share of all of them takes a control group;
 * to hold it to some of them takes no right. The next instance gets the next ones, so that not all crowd on the first.
 */
import { readFile } from "node:fs/promises";

export class ProcessorShare {
  readonly #cpus: number;
  #next = 0;

  /** @param cpus how many an instance may use; a part of one counts as one */
  constructor(cpus: number) {
    this.#cpus = Math.ceil(cpus);
  }

  /** The processors of the next instance, as `taskset --cpu-list` takes them; null: it may use all that there are. */
  async take(): Promise<string | null> {
    return this.within(await readFile("/proc/self/status", "utf8").catch(() => ""));
  }

  /** @param status what /proc/<pid>/status says of the worker */
  within(status: string): string | null {
    const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? "";
    const allowed = list.split(",").flatMap((range) => {
      const [from = Number.NaN, to = from] = range.split("-").map(Number);
      return Number.isNaN(from) ? [] : Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
    if (allowed.length <= this.#cpus) return null;
    const first = this.#next;
    this.#next = (first + this.#cpus) % allowed.length;
    return Array.from({ length: this.#cpus }, (_, index) => allowed[(first + index) % allowed.length]).join(
      ",",
    );
  }
}
