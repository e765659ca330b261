/** A script that changes tasks: by itself, or as a part of a larger one. */
import { type Script, script } from "./script-runner.ts";
import { taskPrelude } from "./task-prelude.ts";
import { unitOfWorkLua } from "./unit-of-work.ts";

export interface TaskScript extends Script {
  /** Lua: the script as `local function <name>(KEYS, ARGV, work)`; whoever calls it flushes the work. */
  asFunction(name: string): string;
}

/** @param lua its body; `redis` within it is a unit of work, see `unit-of-work.ts` */
export function taskScript(lua: string): TaskScript {
  const asFunction = (name: string) =>
    `local function ${name}(KEYS, ARGV, redis)\n${taskPrelude}\n${lua}\nend`;
  return {
    ...script(
      unitOfWorkLua,
      asFunction("change"),
      `
local work = newWork()
local reply = change(KEYS, ARGV, work)
work.flush()
return reply
`,
    ),
    asFunction,
  };
}
