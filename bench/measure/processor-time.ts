/**
 * Processor time of a process, from /proc: on a machine that others use as well, it says more than the clock does.
 * Where there is no /proc, it is 0.
 */
import { readFile } from "node:fs/promises";

/** Linux counts in hundredths of a second, whatever its kernel's own tick. */
const microsecondsPerTick = 10_000;

/** User and system time since the process began, in microseconds. */
async function processorMicroseconds(pid: number | null): Promise<number> {
  if (pid === null) return 0;
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // After "pid (command)": state is field 3, user time 14, system time 15.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick;
  } catch {
    return 0;
  }
}

/** How much processor time each of these took while `work` ran, in microseconds. */
export async function processorTimeOf<Name extends string>(
  pids: Readonly<Record<Name, number | null>>,
  work: () => Promise<void>,
): Promise<Map<string, number>> {
  const read = async () =>
    await Promise.all(
      Object.entries<number | null>(pids).map(
        async ([name, pid]): Promise<[string, number]> => [name, await processorMicroseconds(pid)],
      ),
    );
  const before = new Map(await read());
  await work();
  return new Map((await read()).map(([name, after]) => [name, after - (before.get(name) ?? 0)]));
}
