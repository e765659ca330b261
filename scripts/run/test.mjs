/**
 * `npm test`: every test there is, on a real Redis, in one run with one summary. Further arguments go to vitest.
 * `npm run test:real`: what drives somebody else's program, OpenCode and Docker; OpenCode's agent once more with containers; and
 * twenty workspaces at once.
 */
import { runInForeground, runQuietly } from "./child.mjs";
import { findOpenCode } from "./find-opencode.mjs";
import { fromSource, tool } from "./paths.mjs";
import { say } from "./say.mjs";

const projects = ["unit", "architecture", "integration", "real", "e2e", "chaos"];
const reporters = ["--reporter=./scripts/run/skipped-tests.mjs", "--reporter=default"];

const instanceImage = process.env.DROVER_OPENCODE_IMAGE ?? "drover/opencode-instance:0.1.0";
const worker = "services/opencode-worker/src";
/** Tests of the agent that hold for every runtime of ours. */
const anyRuntime = [
  ...["asks", "budget", "crash-continuation", "instance-life", "model-failures", "provider-faults"],
  ...["open-code-agent.conformance", "open-code-agent", "ten-work-trees", "work-trees"],
].map((name) => `${worker}/agent/${name}.real.test.ts`);

const fleetTest = ["--project", "chaos", "test/chaos/killed-instances.test.ts"];
const fleetOf = { DROVER_TEST_WORKSPACES: process.env.DROVER_TEST_WORKSPACES ?? "20" };

export async function runTests(args) {
  const chosen = args.some((arg) => arg.startsWith("--project"))
    ? []
    : projects.flatMap((project) => ["--project", project]);
  return await prepared((vitest) => vitest([...chosen, ...args], {}));
}

export async function runRealTests(args) {
  return await prepared(async (vitest) => {
    const real = await vitest(["--project", "real", ...args], {});
    const fleet = await vitest(fleetTest, fleetOf);
    return real || fleet || (await inContainers(vitest));
  });
}

/** All that holds for containers, too, where there is an engine with the image. */
async function inContainers(vitest) {
  const image = await runQuietly("docker", ["image", "inspect", instanceImage]).catch(() => ({ code: 1 }));
  if (image.code !== 0) {
    say(`Skipped: OpenCode's agent in containers; no Docker engine here has ${instanceImage}.`);
    return 0;
  }
  const docker = { DROVER_TEST_OPENCODE_RUNTIME: "docker" };
  const agent = await vitest(["--project", "real", ...anyRuntime, `${worker}/plugins`], docker);
  const fleet = await vitest(fleetTest, { ...fleetOf, ...docker });
  return agent || fleet;
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
