/**
 * Sees to it that nothing stays behind when this process is killed so hard that it cannot clean up itself.
 *
 * A tiny shell in a session of its own holds one end of a pipe. When this process is gone, however it ended, the pipe
 * closes, and the shell ends every process group that was guarded (SIGTERM, five seconds, SIGKILL) and removes the
 * scratch directories. It lives only while there is something to guard.
 */
import { type ChildProcess, spawn } from "node:child_process";

const script = `
trap '' INT TERM HUP
groups=''
scratch=''
newline='
'
without() { # the lines of $1 that are not $2
  printf '%s' "$1" | while IFS= read -r line; do [ "$line" = "$2" ] || printf '%s\\n' "$line"; done
}
signal_all() {
  for group in $groups; do kill -s "$1" -- "-$group" 2>/dev/null; done
}
any_left() {
  for group in $groups; do kill -s 0 -- "-$group" 2>/dev/null && return 0; done
  return 1
}
while IFS= read -r line; do
  value=\${line#* }
  case $line in
    'guard '*) groups="$groups$value$newline" ;;
    'release '*) groups="$(without "$groups" "$value")$newline" ;;
    'scratch '*) scratch="$scratch$value$newline" ;;
    'keep '*) scratch="$(without "$scratch" "$value")$newline" ;;
  esac
done
signal_all TERM
tries=0
while any_left && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
signal_all KILL
printf '%s' "$scratch" | while IFS= read -r directory; do [ -z "$directory" ] || rm -rf -- "$directory"; done
`;

let shell: ChildProcess | undefined;
const groups = new Set<number>();
const scratch = new Set<string>();

function tell(word: "guard" | "release" | "scratch" | "keep", value: string): void {
  if (shell?.stdin?.writable !== true) {
    shell = spawn("/bin/sh", ["-c", script], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      cwd: "/",
    });
    shell.once("error", () => undefined);
    shell.stdin?.on("error", () => undefined);
    shell.unref();
  }
  shell.stdin?.write(`${word} ${value}\n`);
}

function letGoWhenIdle(): void {
  if (groups.size > 0 || scratch.size > 0) return;
  shell?.stdin?.end();
  shell = undefined;
}

/** Ends this process group when the present process is gone. `groupId` is the id of its leader. */
export function guardGroup(groupId: number): void {
  groups.add(groupId);
  tell("guard", String(groupId));
}

/** Undoes `guardGroup`, once the group has ended. */
export function releaseGroup(groupId: number): void {
  if (!groups.delete(groupId)) return;
  tell("release", String(groupId));
  letGoWhenIdle();
}

/** Removes this directory when the present process is gone. */
export function guardScratch(directory: string): void {
  scratch.add(directory);
  tell("scratch", directory);
}

/** Undoes `guardScratch`, once the directory is removed or shall stay. */
export function releaseScratch(directory: string): void {
  if (!scratch.delete(directory)) return;
  tell("keep", directory);
  letGoWhenIdle();
}

/** SIGKILL to every guarded group, now: the last resort before this process exits. */
export function killGuardedGroups(): void {
  for (const groupId of groups) {
    try {
      process.kill(-groupId, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
}
