/** Makes sure that this machine has a Redis that tests can start, and says which. Exit code 1 with what to install if not. */
import { findOwnRedis } from "./find-redis.ts";

const say = (line: string) => process.stderr.write(`${line}\n`);
try {
  const source = await findOwnRedis({ environment: process.env, say });
  say(`Redis for the tests: ${source.kind === "binary" ? source.path : `Docker image ${source.image}`}`);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
