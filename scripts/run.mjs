/**
 * What stands behind `npm start`, `npm run demo`, `npm test`, `npm run test:real`, `npm run verify`, `npm run format`, `npm run openapi`,
 * `npm run bench`, `npm run chaos`.
 *
 * It runs on a fresh clone with Node and npm only: plain JavaScript, no dependencies. It makes the machine ready, says
 * what it does, and hands over.
 */
import { checkMachine } from "./run/check-machine.mjs";

const commands = {
  start: async () => (await import("./run/stack.mjs")).runStack,
  demo: async () => (await import("./run/stack.mjs")).runStack,
  test: async () => (await import("./run/test.mjs")).runTests,
  "test:real": async () => (await import("./run/test.mjs")).runRealTests,
  verify: async () => (await import("./run/verify.mjs")).verify,
  format: async () => (await import("./run/tools.mjs")).format,
  bench: async () => (await import("./run/bench.mjs")).runBench,
  openapi: async () => (await import("./run/tools.mjs")).writeOpenApi,
  chaos: async () => (await import("./run/chaos.mjs")).runChaos,
};

const [name = "", ...args] = process.argv.slice(2);
if (!Object.hasOwn(commands, name)) {
  console.error(`Usage: node scripts/run.mjs ${Object.keys(commands).join("|")} [arguments]`);
  process.exit(2);
}
try {
  checkMachine();
  const { installDependencies } = await import("./run/install-dependencies.mjs");
  await installDependencies();
  const command = await commands[name]();
  process.exitCode = await command(args, name);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
