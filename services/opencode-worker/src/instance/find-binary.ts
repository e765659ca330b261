/** Finds the programs that an instance needs, and says in a sentence what is missing. */
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { toError } from "@drover/errors";

const run = promisify(execFile);
const require = createRequire(import.meta.url);

export interface OpenCodeBinary {
  readonly path: string;
  readonly version: string;
}

export interface BinarySearch {
  /** Set by the operator; nothing else is tried then. */
  readonly configured: string | undefined;
  readonly searchPath: string;
}

const versionDeadlineMs = 20_000;
/** The line of versions whose server interface this worker speaks. */
const supportedMajor = "1.";

/**
 * The opencode binary that runs here: the configured one, else the installed package's, else the one on PATH.
 * @throws Error with a sentence that tells the operator what is wrong
 */
export async function findOpenCode(search: BinarySearch): Promise<OpenCodeBinary> {
  const path =
    search.configured ??
    fromPackage(`opencode-${process.platform}-${process.arch}`, "opencode") ??
    (await fromPath("opencode", search.searchPath));
  if (path === null || !(await isExecutable(path)))
    throw new Error(`The opencode binary is missing${path === null ? "" : ` at ${path}`}.`);
  const version = await versionOf(path, search.searchPath);
  if (!version.startsWith(supportedMajor))
    throw new Error(`OpenCode ${version} is not supported; this worker speaks to 1.x.`);
  return { path, version };
}

/** The folder of ripgrep, which the agent's search tools call, or null. */
export async function findRipgrepFolder(searchPath: string): Promise<string | null> {
  const path =
    fromPackage(`@vscode/ripgrep-${process.platform}-${process.arch}`, "rg") ??
    (await fromPath("rg", searchPath));
  return path === null ? null : dirname(path);
}

/** The path of a program on `searchPath`, or null. */
export async function fromPath(program: string, searchPath: string): Promise<string | null> {
  for (const folder of searchPath.split(delimiter)) {
    const path = join(folder, program);
    if (folder !== "" && (await isExecutable(path))) return path;
  }
  return null;
}

function fromPackage(name: string, program: string): string | null {
  try {
    return join(dirname(require.resolve(`${name}/package.json`)), "bin", program);
  } catch {
    return null; // an optional dependency of another platform
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Asks the binary itself: one built for another machine only shows when it runs. */
async function versionOf(path: string, searchPath: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "drover-opencode-version-"));
  try {
    const { stdout } = await run(path, ["--version"], {
      timeout: versionDeadlineMs,
      killSignal: "SIGKILL",
      cwd: home,
      env: {
        PATH: searchPath,
        HOME: home,
        OPENCODE_DISABLE_MODELS_FETCH: "1",
        OPENCODE_DISABLE_AUTOUPDATE: "1",
      },
    });
    return stdout.trim();
  } catch (error) {
    throw new Error(`The opencode binary at ${path} does not run: ${toError(error).message.split("\n")[0]}`, {
      cause: error,
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
