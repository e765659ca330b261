/** `npm start`: brings the stack up, says where it is, and keeps it up until it is told to stop. */

import { once } from "node:events";
import { createServer } from "node:net";
import { parseArgs } from "node:util";
import type { Environment } from "@drover/config";
import type { Stack } from "../stack/stack.ts";
import { StackFailure } from "../stack/stack-failure.ts";
import type { StackOptions } from "../stack/stack-options.ts";
import { startStack } from "../stack/start-stack.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { listenForTermination } from "../termination.ts";
import { announce, announceJson } from "./announce.ts";
import { startOptions } from "./start-options.ts";

/** Answers the exit code. */
export async function startCommand(
  args: string[],
  environment: Environment,
  terminal: Terminal,
): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { json: { type: "boolean", default: false }, directory: { type: "string" } },
  });
  using termination = listenForTermination(environment, terminal.say);
  const options = await startOptions(environment, values.directory);
  await requireFree(options, "port", "DROVER_PORT");
  await requireFree(options, "metricsPort", "DROVER_METRICS_PORT");
  terminal.say("Starting Drover: Redis, the model, and four services");
  let stack: Stack;
  try {
    stack = await startStack({ ...options, signal: termination.signal, say: terminal.say });
  } catch (error) {
    if (termination.signal.aborted) return 0;
    throw error;
  }
  await using _stack = stack;
  const url = advertised(stack, options.host ?? "127.0.0.1");
  if (values.json) terminal.print(announceJson(stack, url));
  else await announce(stack, url, terminal);
  await termination.asked;
  return 0;
}

/** As the person named the host. */
function advertised(stack: Stack, host: string): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${new URL(stack.url).port || "80"}`;
}

/** Says at once what would otherwise be a service that does not come up. */
async function requireFree(options: StackOptions, which: "port" | "metricsPort", variable: string) {
  const port = options[which];
  if (port === undefined || port === 0) return;
  const probe = createServer().listen(port, options.host);
  try {
    await once(probe, "listening");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StackFailure(`Port ${port} cannot be used (${why}). Set ${variable} to another one, or to 0.`);
  }
  probe.close();
  await once(probe, "close");
}
