/** Runs the measurement of the parts in a process whose logs go nowhere. */
import { fork } from "node:child_process";
import { once } from "node:events";
import type { BenchOptions } from "../../bench-options.ts";
import { type Part, parts } from "../../report/results.ts";

export async function measureParts(options: BenchOptions): Promise<Part[]> {
  const child = fork(new URL("./main.ts", import.meta.url), {
    execArgv: ["--conditions=@drover/source", "--import", "tsx"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  child.send(options.featureTasks);
  const [message] = await once(child, "message");
  return parts.parse(message);
}
