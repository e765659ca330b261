/** Installs the dependencies with pnpm when they are missing or what they follow from has changed since. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runQuietly } from "./child.mjs";
import { root } from "./paths.mjs";
import { say } from "./say.mjs";

export const pnpm = ["-y", "pnpm@12"];
const remembered = join(root, "node_modules", ".drover-install");

/** Throws with pnpm's own words when it fails. */
export async function installDependencies() {
  const wanted = fingerprint();
  if (existsSync(remembered) && readFileSync(remembered, "utf8") === wanted) return;
  say("Installing dependencies with pnpm 12");
  const { code, output } = await runQuietly("npx", [...pnpm, "install", "--frozen-lockfile"]);
  if (code !== 0) throw new Error(`${output}\nThe dependencies could not be installed.`);
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(remembered, wanted);
}

/** Of the lock file, every manifest, and the platform. */
function fingerprint() {
  const hash = createHash("sha256").update(`${process.platform}-${process.arch}-${process.versions.modules}`);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests()]) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

function manifests() {
  const folders = ["packages", "services"].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name)),
  );
  const files = ["", "test", "bench", ...folders.sort()].map((folder) => join(folder, "package.json"));
  return files.filter((file) => existsSync(join(root, file)));
}
