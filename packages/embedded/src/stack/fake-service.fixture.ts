/**
 * Stands in for a service in the tests of the stack: serves `/readyz`, names its environment at `/environment`, and
 * has a child, as the real ones do. `FAKE_CRASH` makes it end at once, `FAKE_DEAF` makes it ignore SIGTERM.
 */
import { spawn } from "node:child_process";
import { createServer } from "node:http";

const { env } = process;
if (env["FAKE_CRASH"] !== undefined) {
  console.log('{"level":"fatal","msg":"no, thanks"}');
  process.exit(9);
}
const child = spawn("sleep", ["300"], { stdio: "ignore" });
const answer = () => ({ names: Object.keys(env).sort(), child: child.pid });
const ports = new Set([env["DROVER_PORT"], env["DROVER_METRICS_PORT"]].filter((port) => port !== undefined));
for (const port of ports) {
  createServer((_request, response) => response.end(JSON.stringify(answer()))).listen(
    Number(port),
    "127.0.0.1",
  );
}
process.on("SIGTERM", () => {
  if (env["FAKE_DEAF"] === undefined) process.exit(0);
});
