/**
 * BullMQ's own Lua, as functions for scripts of ours. So a job is added, taken or finished in the same instant as its task's
 * row changes, in one round trip, and BullMQ alone knows how it keeps its jobs: nothing of its keys or arguments is written
 * down here. `bullmq-scripts.redis.test.ts` compares what comes of it with what BullMQ does by itself.
 */
import { createRequire } from "node:module";
import { z } from "zod";

const found = z.object({ name: z.string(), content: z.string(), keys: z.number() });
const modules = z.object({
  addPrioritizedJob: found,
  addDelayedJob: found,
  addStandardJob: found,
  moveToActive: found,
  moveToFinished: found,
});

/** What a version of BullMQ that moves its scripts breaks at start, with a message that says what is missing. */
const scripts = modules.parse(createRequire(import.meta.url)("bullmq/dist/cjs/scripts/index.js"));

export type BullMqCommand = keyof typeof scripts;

/** How many of a command's arguments are keys. */
export function keysOf(command: BullMqCommand): number {
  return scripts[command].keys;
}

/** The scripts as a table of Lua functions `bullmq.<command>(KEYS, ARGV)`. */
export function bullMqLua(...commands: readonly BullMqCommand[]): string {
  // Its parameters stand before the globals of the same names.
  const asFunction = (name: BullMqCommand) =>
    `bullmq.${name} = function(KEYS, ARGV)\n${scripts[name].content}\nend`;
  return `local bullmq = {}\n${commands.map(asFunction).join("\n")}`;
}

/** Lua: `slice(list, first, count)`. */
export const sliceLua = `
local function slice(list, first, count) return {unpack(list, first, first + count - 1)} end
`;
