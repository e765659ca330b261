/**
 * A worker for a test to kill: runs a task whose shell command never ends, and prints `working` once that runs.
 * Started as `node worker-killed.fixture.ts`, with the settings in its environment.
 */
import { anAgentTask, recordedContext } from "@drover/agent-kit/conformance";
import { createLogger } from "@drover/observability";
import { readOpenCodeConfig } from "../config.ts";
import { createOpenCodeAgent } from "../create-agent.ts";

const config = readOpenCodeConfig(
  Object.fromEntries(process.argv.slice(2).map((pair) => pair.split("=", 2))),
);
const agent = await createOpenCodeAgent(config, createLogger({ service: "test", level: "silent" }));
const context = recordedContext();
const payload = { action: "prompt", prompt: "run env -i /bin/sh -c 'sleep 600; true'" };
agent
  .execute(anAgentTask({ type: "opencode", payload, workspaceId: "ws-1" }), context)
  .catch(() => undefined);
const watch = setInterval(() => {
  if (!context.progressed.some((data) => data["tool"] === "bash" && data["state"] === "running")) return;
  clearInterval(watch);
  process.stdout.write("working\n");
}, 50);
setInterval(() => undefined, 60_000);
