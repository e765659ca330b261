/** `drover`: the command line. The only place of this package that touches the process. */
import { runCli } from "./cli/run-cli.ts";
import { fetchThroughProxies, proxyAgentFor } from "./process-proxy.ts";

const stopping = new AbortController();
/** A terminal's Ctrl-C comes twice, to us and to what started us; one that comes later is meant. */
const sameMs = 1_000;
let askedMs: number | null = null;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (askedMs !== null && performance.now() - askedMs > sameMs)
      process.exit(signal === "SIGINT" ? 130 : 143);
    askedMs ??= performance.now();
    stopping.abort();
  });
}
fetchThroughProxies(process.env);
process.exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  print: (text) => process.stdout.write(`${text}\n`),
  say: (line) => process.stderr.write(`${line}\n`),
  signal: stopping.signal,
  proxyAgentFor,
});
