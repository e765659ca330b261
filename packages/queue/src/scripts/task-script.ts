/** A script that changes a task: by itself, or as a part of a larger one. */
import { type Script, script } from "./script-runner.ts";
import { taskPrelude } from "./task-prelude.ts";

export interface TaskScript extends Script {
  /** Lua: the script as `local function <name>(KEYS, ARGV)`. */
  asFunction(name: string): string;
}

/** @param lua its body, which may use all of the prelude */
export function taskScript(lua: string): TaskScript {
  return {
    ...script(taskPrelude, lua),
    asFunction: (name) => `local function ${name}(KEYS, ARGV)\n${taskPrelude}\n${lua}\nend`,
  };
}
