/**
 * `npm test`: every test there is, on a real Redis, in one run with one summary. Further arguments go to vitest.
 * `npm run test:real`: what drives somebody else's program, OpenCode and Docker, and twenty workspaces at once.
 */
import { runInForeground } from "./child.mjs";
import { findOpenCode } from "./find-opencode.mjs";
import { fromSource, tool } from "./paths.mjs";

const projects = ["unit", "architecture", "integration", "real", "e2e", "chaos"];
const reporters = ["--reporter=./scripts/run/skipped-tests.mjs", "--reporter=default"];

export async function runTests(args) {
  const chosen = args.some((arg) => arg.startsWith("--project"))
    ? []
    : projects.flatMap((project) => ["--project", project]);
  return await prepared((vitest) => vitest([...chosen, ...args], {}));
}

export async function runRealTests(args) {
  return await prepared(async (vitest) => {
    const real = await vitest(["--project", "real", ...args], {});
    const many = { DROVER_TEST_WORKSPACES: process.env.DROVER_TEST_WORKSPACES ?? "20" };
    const fleet = await vitest(["--project", "chaos", "test/chaos/killed-instances.test.ts"], many);
    return real === 0 ? fleet : real;
  });
}

/** With a Redis and the OpenCode binary at hand. */
async function prepared(run) {
  const redis = await runInForeground(process.execPath, [...fromSource, "packages/redis-server/src/main.ts"]);
  if (redis !== 0) return redis;
  const env = await findOpenCode();
  const vitest = (args, more) =>
    runInForeground(tool("vitest"), ["run", ...reporters, ...args], { env: { ...env, ...more } });
  return await run(vitest);
}
