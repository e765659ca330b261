/** The processes of this machine, read from /proc. Where there is no /proc, none are seen. */
import { readdir, readFile } from "node:fs/promises";

export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  /** One letter, `Z` for one that has ended and was not waited for. */
  readonly state: string;
  readonly command: string;
}

/** Every process of this machine that this user may see. */
export async function listProcesses(): Promise<ProcessEntry[]> {
  const names = await readdir("/proc").catch(() => []);
  const entries = await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((name) => processEntry(Number(name))),
  );
  return entries.filter((entry) => entry !== null);
}

/** Children and their children, without those that have ended. */
export async function descendantsOf(pid: number): Promise<ProcessEntry[]> {
  const all = (await listProcesses()).filter((entry) => entry.state !== "Z");
  const found: ProcessEntry[] = [];
  let parents = new Set([pid]);
  while (parents.size > 0) {
    const children = all.filter((entry) => parents.has(entry.parentPid));
    found.push(...children);
    parents = new Set(children.map((entry) => entry.pid));
  }
  return found;
}

/** Whether this process runs; one that has ended and was not waited for does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const entry = await processEntry(pid);
  return entry !== null && entry.state !== "Z";
}

/** Null when there is no such process, or no /proc. */
export async function processEntry(pid: number): Promise<ProcessEntry | null> {
  try {
    // pid (command) state ppid pgrp …; the command may hold spaces and parentheses.
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const [state = "", parent = "", group = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const arguments_ = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").join(" ").trim();
    const command = arguments_ === "" ? stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")) : arguments_;
    return { pid, parentPid: Number(parent), groupId: Number(group), state, command };
  } catch {
    return null;
  }
}
