/** The `drover` command against a running stack, as a person types it: a process of its own. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Target } from "./api.ts";

const command = fileURLToPath(new URL("../../packages/client/bin/drover.mjs", import.meta.url));
const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs in the root of the repository. */
export async function drover(
  target: Target | null,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Ended> {
  const settings = target === null ? {} : { DROVER_URL: target.url, DROVER_TOKEN: target.key };
  const { DROVER_URL: _url, DROVER_TOKEN: _token, ...inherited } = process.env;
  const child = spawn(process.execPath, [command, ...args], {
    cwd: repositoryRoot,
    env: { ...inherited, ...settings, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    out += piece;
  });
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    err += piece;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, out, err };
}
