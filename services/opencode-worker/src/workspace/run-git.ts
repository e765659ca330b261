/**
 * Runs git away from every configuration but its own, with a deadline and a limit on what it may say.
 *
 * A repository that somebody else can write to is another matter: its own `config` is read whatever one does. Against such a
 * one only commands may be run that neither check out, nor add, nor merge, nor compare: what is set below keeps those from
 * running a program, and filters, merge drivers and text converters have no part in them.
 */
import { spawn } from "node:child_process";
import { buffer } from "node:stream/consumers";
import { toError } from "@drover/errors";
import { linkedAbort } from "../waiting/linked-abort.ts";

export interface GitPlace {
  readonly gitFolder: string;
  readonly workTree: string;
  readonly searchPath: string;
  /** As whom it runs; absent: as the worker. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

export interface GitOptions {
  readonly input?: string | Buffer;
  /** Further exit codes that are an answer and no failure; 0 always is one. */
  readonly codes?: readonly number[];
  readonly signal?: AbortSignal;
  /** Stop reading after this many bytes and end git; absent: no limit. */
  readonly outputBytesMax?: number;
}

export interface GitAnswer {
  readonly stdout: Buffer;
  /** Its exit code; 0 where it was cut off. */
  readonly code: number;
  /** Git had more to say. */
  readonly truncated: boolean;
}

const deadlineMs = 120_000;
const stderrBytesMax = 4_096;

/** Nothing that a repository or a user set may run a program or change what is recorded. */
const settings = [
  "user.name=OpenCode",
  "user.email=opencode@drover.invalid",
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.untrackedCache=false",
  "core.autocrlf=false",
  "core.quotePath=false",
  "core.excludesFile=/dev/null",
  "core.attributesFile=/dev/null",
  "core.compression=1",
  "core.symlinks=true",
  "protocol.allow=never",
].flatMap((setting) => ["-c", setting]);

/** @throws Error with the first words of git's own complaint */
export async function runGit(
  place: GitPlace,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitAnswer> {
  const places = [`--git-dir=${place.gitFolder}`, `--work-tree=${place.workTree}`];
  const abort = options.signal === undefined ? linkedAbort() : linkedAbort(options.signal);
  const deadline = setTimeout(() => abort.abort(new Error("it took too long")), deadlineMs);
  const child = spawn("git", [...settings, ...places, ...args], {
    cwd: place.workTree,
    stdio: ["pipe", "pipe", "pipe"],
    signal: abort.signal,
    killSignal: "SIGKILL",
    ...(place.user ?? {}),
    env: {
      PATH: place.searchPath,
      HOME: place.gitFolder,
      LC_ALL: "C",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_ATTR_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      // Wins over what the repository's own config allows: objects that it lacks are not fetched from where it says.
      GIT_ALLOW_PROTOCOL: "none",
      GIT_NO_LAZY_FETCH: "1",
      GIT_NO_REPLACE_OBJECTS: "1",
    },
  });
  let truncated = false;
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  child.stdin.on("error", () => undefined); // git ended before it had read everything; its exit code says so
  child.stdin.end(options.input ?? "");
  const read = async (): Promise<Buffer> => {
    if (options.outputBytesMax === undefined) return buffer(child.stdout);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of child.stdout) {
      const piece = Buffer.from(chunk);
      chunks.push(piece);
      size += piece.length;
      if (size > options.outputBytesMax) {
        truncated = true;
        child.kill("SIGKILL");
        break;
      }
    }
    return Buffer.concat(chunks).subarray(0, options.outputBytesMax);
  };
  const [stdout, stderr, code] = await Promise.all([
    read(),
    buffer(child.stderr).then((text) => text.subarray(0, stderrBytesMax).toString()),
    ended,
  ])
    .catch((error: unknown) => {
      options.signal?.throwIfAborted();
      throw new Error(`git ${args[0]} failed: ${toError(error).message}`, { cause: error });
    })
    .finally(() => {
      clearTimeout(deadline);
      abort[Symbol.dispose]();
    });
  if (truncated) return { stdout, code: 0, truncated };
  if (code === null || (code !== 0 && options.codes?.includes(code) !== true))
    throw new Error(`git ${args[0]} failed with ${code}: ${stderr.trim()}`);
  return { stdout, code, truncated };
}

/** What git separates by NUL. */
export function zeroSeparated(stdout: Buffer): string[] {
  return stdout
    .toString("utf8")
    .split("\0")
    .filter((entry) => entry !== "");
}
