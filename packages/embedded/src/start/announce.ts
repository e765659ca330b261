/** What `npm start` prints when the stack is ready: where everything is and what to try first. */
import { getRegistry } from "@drover/contracts";
import type { Stack } from "../stack/stack.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** One line of JSON for scripts. */
export function announceJson(stack: Stack, url: string): string {
  return JSON.stringify({
    ready: true,
    url,
    key: stack.key,
    docs_url: `${url}/docs`,
    queues_url: `${url}/admin/queues`,
    metrics_urls: Object.fromEntries(
      stack.services.map((service) => [service.process.name, service.metricsUrl()]),
    ),
    redis_url: stack.redisUrl,
    model: stack.model.description,
    workspaces_dir: stack.workspacesDir,
    logs_dir: stack.logsDir,
    pids: Object.fromEntries(stack.services.map(({ process }) => [process.name, process.pid])),
  });
}

/** The same for people. Its first line is `drover ready <url>`. */
export async function announce(stack: Stack, url: string, terminal: Terminal): Promise<void> {
  const { style, print } = terminal;
  const row = (name: string, value: string) => print(`  ${style("dim", name.padEnd(11))} ${value}`);
  print(`drover ready ${url}`);
  print("");
  row("key", stack.key);
  row("API docs", `${url}/docs`);
  row("queues", `${url}/admin/queues`);
  for (const service of stack.services) {
    row("metrics", `${service.metricsUrl()}  ${style("dim", service.process.name)}`);
  }
  row("redis", stack.redis.origin);
  row("model", stack.model.description);
  row("workspaces", stack.workspacesDir);
  row("logs", stack.logsDir);
  for (const line of await limits(stack)) print(`  ${style("yellow", line)}`);
  print(`\nTry it:\n${example(url, stack.key)}\n`);
  print(`${style("dim", "Ctrl-C stops everything.")}`);
}

/** Agents that are there and cannot work, each with its reason. */
async function limits(stack: Stack): Promise<string[]> {
  const registry = await stack.client.call(getRegistry).catch(() => ({ agents: [] }));
  return registry.agents
    .filter((agent) => agent.instances.length > 0 && agent.status !== "available")
    .map((agent) => `${agent.name} is ${agent.status}: ${agent.reason ?? "no reason given"}`);
}

function example(url: string, key: string): string {
  const body = JSON.stringify({
    type: "opencode",
    payload: {
      action: "generate_code",
      language: "go",
      prompt: "Create a REST API endpoint for user management",
      context: { workspace_id: "ws-123", file_path: "api/users.go" },
    },
  });
  return [
    `curl -sS ${url}/api/v2/agents/opencode/tasks \\`,
    `  -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' \\`,
    `  -d '${body}'`,
  ].join("\n");
}
