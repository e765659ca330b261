/** `npm start` and `npm run demo`: the embedded stack, run from source. */
import { runInForeground } from "./child.mjs";
import { findOpenCode } from "./find-opencode.mjs";
import { fromSource } from "./paths.mjs";

export async function runStack(args, command) {
  const env = await findOpenCode();
  const main = "packages/embedded/src/main.ts";
  return await runInForeground(process.execPath, [...fromSource, main, command, ...args], {
    env,
    lifeline: true,
  });
}
