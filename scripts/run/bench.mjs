/** `npm run bench`: measures Drover against bare BullMQ and bare Express; arguments go to bench/main.ts. */
import { runInForeground } from "./child.mjs";
import { fromSource } from "./paths.mjs";

export async function runBench(args) {
  const redis = await runInForeground(process.execPath, [...fromSource, "packages/redis-server/src/main.ts"]);
  if (redis !== 0) return redis;
  return await runInForeground(process.execPath, [...fromSource, "bench/main.ts", ...args]);
}
