import { bullMqLua, sliceLua } from "../bullmq/bullmq-scripts.ts";
import { acceptScript } from "./accept-task.ts";
import { script } from "./script-runner.ts";

/**
 * Accepts a task and adds its job in the same instant, so there is no moment in which one is there without the other.
 * KEYS: as of the accept script · ARGV: how many arguments that takes, those, BullMQ's command, how many keys that takes,
 * those, its packed arguments, data and packed options
 * → {what the accept script answers, what BullMQ answers}
 */
export const acceptAndAddScript = script(
  bullMqLua("addPrioritizedJob", "addDelayedJob"),
  acceptScript.asFunction("acceptTask"),
  sliceLua,
  `
local count = tonumber(ARGV[1])
local accepted = acceptTask(KEYS, slice(ARGV, 2, count))
-- 1: it is new, 3: it lacks its job. What is done again must lose its former job first.
if accepted[1] ~= 1 and accepted[1] ~= 3 then return {accepted, ''} end
local at = count + 2
local keys = slice(ARGV, at + 2, tonumber(ARGV[at + 1]))
local args = slice(ARGV, at + 2 + #keys, 3)
-- Its place in its lane is known only now.
local options = cmsgpack.unpack(args[3])
options.priority = accepted[2]
args[3] = cmsgpack.pack(options)
return {accepted, bullmq[ARGV[at]](keys, args)}
`,
);
