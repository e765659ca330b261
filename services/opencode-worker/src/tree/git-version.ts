/** Which git is on the path: work trees of tasks need one that can merge in memory. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const needed = [2, 38] as const;
const deadlineMs = 10_000;

/** Why this git can't serve work trees, as a sentence; null: it can. */
export async function worktreesUnserved(searchPath: string): Promise<string | null> {
  const options = { env: { PATH: searchPath, LC_ALL: "C" }, timeout: deadlineMs };
  const { stdout } = await run("git", ["version"], options).catch(() => ({ stdout: "" }));
  const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(stdout) ?? []).map(Number);
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) return null;
  const found = stdout.trim() === "" ? "git does not say which one it is" : `it has ${stdout.trim()}`;
  return `Work trees need git ${needed.join(".")} or later on the worker: ${found}.`;
}
