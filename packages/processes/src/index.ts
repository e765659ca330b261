export { freePort } from "./free-port.ts";
export { guardScratch, killGuardedGroups, releaseScratch } from "./guardian.ts";
export { descendantsOf, isRunning, listProcesses, type ProcessEntry, processEntry } from "./process-table.ts";
export { type CommandOutcome, lastLines, runCommand } from "./run-command.ts";
export { type Ending, type Launch, RunningProcess } from "./running-process.ts";
