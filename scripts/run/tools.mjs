/** The small commands that hand over to one tool. */
import { runInForeground } from "./child.mjs";
import { fromSource, tool } from "./paths.mjs";

/** `npm run format`: formats, and mends what can be mended without thought. */
export async function format(args) {
  return await runInForeground(tool("biome"), ["check", "--write", ...(args.length === 0 ? ["."] : args)]);
}

/** `npm run openapi`: writes openapi.json from the operations. */
export async function writeOpenApi(args) {
  return await runInForeground(process.execPath, [...fromSource, "scripts/write-openapi.ts", ...args]);
}
