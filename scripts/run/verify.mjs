/** `npm run verify`: what must hold before a commit, side by side. Prints what failed, and why. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runQuietly } from "./child.mjs";
import { pnpm } from "./install-dependencies.mjs";
import { root, tool } from "./paths.mjs";

const colors = process.stdout.isTTY ? "force" : "off";

/** Each check is a list of commands, run one after the other until one fails. */
const checks = [
  { name: "format and lint", commands: [[tool("biome"), ["ci", `--colors=${colors}`, "."]]] },
  { name: "types", commands: typeCommands() },
  // turbo asks for a pnpm on PATH.
  { name: "layers", commands: [["npx", [...pnpm, "exec", "turbo", "boundaries"]]] },
  { name: "unused code", commands: [[tool("knip"), ["--no-config-hints"]]] },
  {
    name: "unit and architecture tests",
    commands: [[tool("vitest"), ["run", "--reporter=dot", "--project", "unit", "--project", "architecture"]]],
  },
];

export async function verify() {
  const results = await Promise.all(checks.map(runCheck));
  for (const { check, output } of results.filter(({ ok }) => !ok)) {
    console.log(`\n--- ${check.name} ---\n${output.trim()}`);
  }
  return results.every(({ ok }) => ok) ? 0 : 1;
}

async function runCheck(check) {
  const startMs = Date.now();
  let outcome = { code: 0, output: "" };
  for (const [command, args] of check.commands) {
    outcome = await runQuietly(command, args);
    if (outcome.code !== 0) break;
  }
  const ok = outcome.code === 0;
  console.log(`${ok ? "ok    " : "FAILED"} ${check.name} (${((Date.now() - startMs) / 1000).toFixed(1)} s)`);
  return { check, ok, output: outcome.output };
}

function typeCommands() {
  const build = [tool("tsc"), ["-b"]];
  const proofs = ["test", "bench"].filter((folder) => existsSync(join(root, folder, "tsconfig.json")));
  return [build, ...proofs.map((folder) => [tool("tsc"), ["-p", folder, "--noEmit"]])];
}
