/** `npm run chaos`: kills and cuts a running stack for some minutes; see test/chaos. */
import { runInForeground } from "./child.mjs";
import { fromSource } from "./paths.mjs";

export async function runChaos(args) {
  return await runInForeground(process.execPath, [...fromSource, "test/chaos/main.ts", ...args]);
}
