import { type BullMqCommand, bullMqLua, sliceLua } from "../bullmq/bullmq-scripts.ts";
import { claimScript } from "./claim-task.ts";
import { finishScript } from "./finish-task.ts";

/**
 * A command of BullMQ that may hand out a job, together with what our ledger does in that moment: the task that the worker
 * has done is finished before, and the task of the job that it gets is claimed after. A claim that fails is left to the
 * worker, which then claims by itself.
 * KEYS: BullMQ's · ARGV: how many arguments BullMQ takes, those, how many the finish script takes (0: nothing is finished),
 * those, those of the claim script, where the id is filled in
 * → {what BullMQ answers, what the finish script answers or '', what the claim script answers or ''}
 */
export function takeAndFinishLua(command: BullMqCommand): string {
  return [
    bullMqLua(command),
    finishScript.asFunction("finishTask"),
    claimScript.asFunction("claimTask"),
    sliceLua,
    `
local count = tonumber(ARGV[1])
local at = count + 2
local finishing = tonumber(ARGV[at])
local function rowOf(args) return {args[1] .. ':task:' .. args[2]} end
local finished = ''
if finishing > 0 then
  local args = slice(ARGV, at + 1, finishing)
  finished = finishTask(rowOf(args), args)
end
local reply = bullmq.${command}(KEYS, slice(ARGV, 2, count))
local claimed = ''
if type(reply) == 'table' and type(reply[1]) == 'table' then
  local args = slice(ARGV, at + 1 + finishing, #ARGV - at - finishing)
  args[2] = reply[2]
  local ok, answer = pcall(claimTask, rowOf(args), args)
  if ok then claimed = answer end
end
return {reply, finished, claimed}
`,
  ].join("\n");
}
