/**
 * The lock file brings OpenCode's binary for ordinary 64-bit Linux. For any other machine the one that fits is installed
 * into .drover/opencode, in the same version.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runQuietly } from "./child.mjs";
import { root } from "./paths.mjs";
import { say } from "./say.mjs";

/** What to add to the environment. Throws when there is no binary for this machine or it can't be installed. */
export async function findOpenCode() {
  if (process.env.DROVER_OPENCODE_BIN) return {};
  const name = packageName();
  if (name === "opencode-linux-x64") return {};
  const version = lockedVersion();
  const folder = join(root, ".drover", "opencode");
  const binary = join(folder, "node_modules", name, "bin", "opencode");
  if (!existsSync(binary) || installedVersion(folder, name) !== version) {
    say(`Installing OpenCode for this machine: ${name}@${version}`);
    const install = [
      "install",
      "--prefix",
      folder,
      "--no-save",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
    ];
    const { code, output } = await runQuietly("npm", [...install, `${name}@${version}`]);
    if (code !== 0 || !existsSync(binary)) {
      throw new Error(
        `${output}\nThere is no ${name}@${version} to install. Install OpenCode ${version} by hand and set DROVER_OPENCODE_BIN to its path.`,
      );
    }
  }
  return { DROVER_OPENCODE_BIN: binary };
}

function packageName() {
  const base = `opencode-${process.platform}-${process.arch}`;
  if (process.platform !== "linux") return base;
  const musl = process.report.getReport().header.glibcVersionRuntime === undefined ? "-musl" : "";
  return `${base}${process.arch === "x64" && !hasAvx2() ? "-baseline" : ""}${musl}`;
}

/** The ordinary build needs it. */
function hasAvx2() {
  try {
    return /\bavx2\b/.test(readFileSync("/proc/cpuinfo", "utf8"));
  } catch {
    return true;
  }
}

function lockedVersion() {
  const catalog = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
  const found = /^ {2}opencode-linux-x64: *(\S+)/m.exec(catalog);
  if (found === null) throw new Error("pnpm-workspace.yaml names no version of opencode-linux-x64.");
  return found[1];
}

function installedVersion(folder, name) {
  try {
    return JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version;
  } catch {
    return undefined;
  }
}
