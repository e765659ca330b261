/**
 * Limits of the kernel on the processes of an instance, as arguments of `prlimit`. They hold for each process that is started
 * beneath it. Memory is not among them: OpenCode reserves far more address space than it uses, so a limit on that kills it.
 */
import { readFile } from "node:fs/promises";
import { type InstanceLimits, mebibyte, openFilesMax } from "./instance-limits.ts";

/**
 * @param ownUser whether it runs as another user than the worker: processes are counted for each user, and the worker's own
 *   must not count
 */
export async function limitArguments(limits: InstanceLimits, ownUser: boolean): Promise<string[]> {
  return argumentsWithin(await readFile("/proc/self/limits", "utf8").catch(() => ""), limits, ownUser);
}

/** @param table what /proc/<pid>/limits says: nobody may raise a hard limit, so none is set above it */
export function argumentsWithin(table: string, limits: InstanceLimits, ownUser: boolean): string[] {
  const within = (name: string, wanted: number) => {
    const hard = new RegExp(`^${name}\\s+\\S+\\s+(\\d+)\\s`, "m").exec(table)?.[1];
    return hard === undefined ? wanted : Math.min(wanted, Number(hard));
  };
  return [
    "--core=0:0",
    ...limit("nofile", within("Max open files", openFilesMax)),
    ...limit("fsize", within("Max file size", limits.fileMib * mebibyte)),
    ...(ownUser ? limit("nproc", within("Max processes", limits.pids)) : []),
  ];
}

function limit(name: string, value: number): string[] {
  return [`--${name}=${value}:${value}`];
}
