/**
 * Finds processes by a variable in their environment, and ends them.
 *
 * A command of the agent leads a session of its own, outlives a killed server and loses its parent; what it keeps is the
 * environment that it inherited. A process that cleared its environment is still found beneath a marked one.
 * This file imports nothing of the house: the guardian runs on it alone.
 */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly marked: boolean;
}

const roundPauseMs = 20;
const reapDeadlineMs = 10_000;

/** The ids, in ascending order, of all processes that carry `name=value`, or whose parent, group or session leader does; never this one. */
export async function markedProcesses(name: string, value: string): Promise<number[]> {
  const rows = process.platform === "linux" ? await readProc(name, value) : await readPs(name, value);
  const found = new Set(rows.filter((row) => row.marked).map((row) => row.pid));
  let grew = found.size > 0;
  while (grew) {
    grew = false;
    for (const row of rows) {
      if (found.has(row.pid)) continue;
      if (!found.has(row.parent) && !found.has(row.group) && !found.has(row.session)) continue;
      found.add(row.pid);
      grew = true;
    }
  }
  found.delete(process.pid);
  return [...found].sort((a, b) => a - b);
}

/**
 * Kills them all, again and again until none is left: one may start another while it is being killed.
 * @returns how many are left at the deadline; 0 is the rule
 */
export async function reapMarked(name: string, value: string): Promise<number> {
  const deadline = Date.now() + reapDeadlineMs;
  for (;;) {
    const pids = await markedProcesses(name, value);
    if (pids.length === 0 || Date.now() > deadline) return pids.length;
    for (const pid of pids) kill(pid);
    await delay(roundPauseMs);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
}

async function readProc(name: string, value: string): Promise<ProcessRow[]> {
  const marker = `${name}=${value}`;
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const rows = await Promise.all(
    pids.map(async (pid) => {
      try {
        const stat = await readFile(`/proc/${pid}/stat`, "utf8");
        // "pid (name) state parent group session …": the name may hold spaces and brackets.
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        if (fields[0] === "Z" || fields[0] === "X") return null; // already dead, waiting for its parent
        const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => ""); // another user's
        return {
          pid: Number(pid),
          parent: Number(fields[1]),
          group: Number(fields[2]),
          session: Number(fields[3]),
          marked: environment.split("\0").includes(marker),
        };
      } catch {
        return null; // It ended while being read.
      }
    }),
  );
  return rows.filter((row) => row !== null);
}

/** macOS: `ps -E` shows the environment of the user's own processes behind the command. */
function readPs(name: string, value: string): Promise<ProcessRow[]> {
  const marker = ` ${name}=${value}`;
  return new Promise((resolve) => {
    const options = { timeout: 5_000, maxBuffer: 64 * 1024 * 1024 };
    execFile("ps", ["-axwwE", "-o", "pid=,ppid=,pgid=,stat=,command="], options, (_error, stdout) => {
      const rows = stdout.split("\n").flatMap((line) => {
        const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s/.exec(line);
        if (match === null || match[4]?.startsWith("Z")) return [];
        const [pid, parent, group] = [Number(match[1]), Number(match[2]), Number(match[3])];
        return [{ pid, parent, group, session: group, marked: `${line} `.includes(`${marker} `) }];
      });
      resolve(rows);
    });
  });
}
