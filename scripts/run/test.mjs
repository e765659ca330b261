/** `npm test`: every test there is, on a real Redis, in one run with one summary. Further arguments go to vitest. */
import { runInForeground } from "./child.mjs";
import { findOpenCode } from "./find-opencode.mjs";
import { fromSource, tool } from "./paths.mjs";

const projects = ["unit", "architecture", "integration", "real", "e2e", "chaos"];

export async function runTests(args) {
  const redis = await runInForeground(process.execPath, [...fromSource, "packages/redis-server/src/main.ts"]);
  if (redis !== 0) return redis;
  const env = await findOpenCode();
  const chosen = args.some((arg) => arg.startsWith("--project"))
    ? []
    : projects.flatMap((project) => ["--project", project]);
  const reporters = ["--reporter=./scripts/run/skipped-tests.mjs", "--reporter=default"];
  return await runInForeground(tool("vitest"), ["run", ...chosen, ...reporters, ...args], { env });
}
