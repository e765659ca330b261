/** What is plugged into an instance: OpenCode knows no plugin list, so it is put together from what it does tell. */
import type { Plugin } from "@drover/contracts";
import type { McpStatus } from "@opencode-ai/sdk/v2";
import { configPlugins } from "../plugins/config-plugins.ts";
import { askInstance } from "./ask-instance.ts";
import type { Instance } from "./instance-runtime.ts";

const descriptionLengthMax = 500;
/** Of OpenCode 1.18; whatever else there is was brought by somebody. */
const builtinTools: ReadonlySet<string> = new Set([
  "invalid",
  "question",
  "bash",
  "read",
  "glob",
  "grep",
  "edit",
  "write",
  "apply_patch",
  "task",
  "webfetch",
  "websearch",
  "codesearch",
  "todowrite",
  "todoread",
  "skill",
  "lsp",
  "batch",
  "plan_enter",
  "plan_exit",
]);
const builtinCommands: ReadonlySet<string> = new Set(["init", "review"]);

const statusOf = (server: McpStatus): string =>
  server.status === "failed" ? `failed: ${server.error}` : server.status;

export async function listPlugins(instance: Instance): Promise<Plugin[]> {
  const { client } = instance;
  const [agents, commands, skills, tools, servers, config] = await Promise.all([
    askInstance("list its agents", (signal) => client.app.agents({}, { signal })),
    askInstance("list its commands", (signal) => client.command.list({}, { signal })),
    askInstance("list its skills", (signal) => client.app.skills({}, { signal })),
    askInstance("list its tools", (signal) => client.tool.ids({}, { signal })),
    askInstance("list its MCP servers", (signal) => client.mcp.status({}, { signal })),
    askInstance("show its configuration", (signal) => client.config.get({}, { signal })),
  ]);
  const plugin = (
    kind: Plugin["kind"],
    name: string,
    description = "",
    more: Partial<Plugin> = {},
  ): Plugin => ({
    name,
    version: instance.version,
    source: "builtin",
    kind,
    enabled: true,
    workspace_id: instance.spec.workspaceId,
    description: description.slice(0, descriptionLengthMax),
    ...more,
  });
  return [
    ...agents
      .filter((agent) => agent.hidden !== true)
      .map((agent) =>
        plugin("agent", agent.name, agent.description, agent.native === true ? {} : { source: "local" }),
      ),
    ...commands
      .filter((command) => command.source === undefined || command.source === "command")
      .map((command) =>
        plugin(
          "command",
          command.name,
          command.description,
          builtinCommands.has(command.name) ? {} : { source: "local" },
        ),
      ),
    ...skills.map((skill) =>
      plugin(
        "skill",
        skill.name,
        skill.description,
        skill.location.startsWith("/") ? { source: "local" } : {},
      ),
    ),
    ...tools.map((tool) => plugin("tool", tool, "", builtinTools.has(tool) ? {} : { source: "local" })),
    ...Object.entries(servers).map(([name, server]) =>
      plugin("mcp", name, statusOf(server), { source: "local", enabled: server.status !== "disabled" }),
    ),
    ...configPlugins(config.plugin ?? []).map((found) =>
      plugin("plugin", found.name, "", { source: found.source, version: found.version }),
    ),
  ];
}
