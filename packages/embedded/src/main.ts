/** The embedded stack as a command: `start` and `demo`. */

import { demoCommand } from "./demo/demo-command.ts";
import { startCommand } from "./start/start-command.ts";
import { openTerminal } from "./terminal/terminal.ts";

const commands: Record<string, typeof startCommand> = { start: startCommand, demo: demoCommand };

const terminal = openTerminal(process.env);
const [name = "", ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
try {
  if (command === undefined) throw new Error(`Usage: main.ts ${Object.keys(commands).join("|")} [arguments]`);
  process.exitCode = await command(args, process.env, terminal);
} catch (error) {
  terminal.say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
