/**
 * The guardian: a small process beside a worker that outlives it for a moment.
 *
 * A killed worker cannot clean up, and the servers that it started would live on. The guardian holds the other end of a
 * pipe to the worker. When the pipe ends, for whatever reason, it kills everything that carries the worker's mark and ends.
 * Run as `node guardian.js <variable> <value>`; it runs on this file and its one import alone.
 */
import { reapMarked } from "./marked-processes.ts";

const [name, value] = process.argv.slice(2);
// A signal meant for the worker must not stop the guardian before its work is done.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) process.on(signal, () => {});

if (name === undefined || value === undefined) {
  process.exitCode = 2;
} else {
  const finish = () => {
    void reapMarked(name, value).then((left) => process.exit(left === 0 ? 0 : 1));
  };
  process.stdin.once("end", finish);
  process.stdin.once("error", finish);
  process.stdin.resume();
}
