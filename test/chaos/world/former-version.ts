/** Drover as it was at an earlier commit, so that old workers can be run beside new ones. Made once, and kept for the next run. */
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lastLines, runCommand } from "@drover/processes";

/** The last commit before rows of tasks and runs got the fields of this version. */
const commit = "49268e1";
const commandDeadlineMs = 300_000;

/** The history of this clone is cut off, or its libraries cannot be had. */
export class FormerVersionUnavailable extends Error {
  override readonly name = "FormerVersionUnavailable";
}

/**
 * The folder of its sources, with its libraries installed.
 * @throws FormerVersionUnavailable
 */
export async function formerVersion(say: (line: string) => void): Promise<string> {
  const folder = join(tmpdir(), `drover-at-${commit}`);
  if (existsSync(folder)) return folder;
  say(`installing Drover as of ${commit} into ${folder}; this is done once`);
  const making = `${folder}.${process.pid}`;
  await mkdir(making, { recursive: true });
  try {
    const archive = join(making, "sources.tar");
    await run("git", ["archive", "--format=tar", `--output=${archive}`, commit]);
    await run("tar", ["-xf", archive, "-C", making]);
    await run("npx", ["-y", "pnpm@12", "--dir", making, "install", "--frozen-lockfile", "--prefer-offline"]);
    await rename(making, folder);
    return folder;
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw error;
  }
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const { ok, stdout, stderr } = await runCommand(command, args, commandDeadlineMs);
  if (ok) return;
  const why = lastLines(`${stdout}\n${stderr}`, 3);
  throw new FormerVersionUnavailable(`Drover as of ${commit} cannot be had: ${command} failed. ${why}`);
}
