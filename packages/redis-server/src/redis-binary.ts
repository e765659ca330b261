/** Looks for a Redis server program that is new enough. */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { runCommand } from "@drover/processes";
import type { Say } from "./redis-source.ts";

const programs = ["redis-server", "valkey-server"];
/** Where package managers put it, even when a bare PATH does not say so. */
const usualFolders = ["/usr/local/bin", "/opt/homebrew/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin"];
/** BullMQ needs Redis 6.2. */
const oldest = { major: 6, minor: 2 };

/** The path of the first usable program, or null. */
export async function findRedisBinary(path: string | undefined, say: Say): Promise<string | null> {
  const folders = [...(path ?? "").split(delimiter).filter((folder) => folder !== ""), ...usualFolders];
  for (const program of programs) {
    for (const folder of new Set(folders)) {
      const file = join(folder, program);
      if ((await isExecutable(file)) && (await isNewEnough(file, say))) return file;
    }
  }
  return null;
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function isNewEnough(file: string, say: Say): Promise<boolean> {
  const { ok, stdout } = await runCommand(file, ["--version"], 5_000);
  const version = /v=(\d+)\.(\d+)/.exec(stdout);
  if (!ok || version === null) {
    say(`${file} does not run; looking further`);
    return false;
  }
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return true;
  say(
    `${file} is version ${major}.${minor}, and Drover needs ${oldest.major}.${oldest.minor}; looking further`,
  );
  return false;
}
