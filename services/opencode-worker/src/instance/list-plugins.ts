/** What is plugged into an instance: OpenCode knows no plugin list, so it is put together from what it does tell. */
import type { Plugin } from "@drover/contracts";
import { askInstance } from "./ask-instance.ts";
import type { Instance } from "./instance-runtime.ts";

const descriptionLengthMax = 500;

export async function listPlugins(instance: Instance): Promise<Plugin[]> {
  const { client } = instance;
  const [agents, commands, skills, tools, servers] = await Promise.all([
    askInstance("list its agents", (signal) => client.app.agents({}, { signal })),
    askInstance("list its commands", (signal) => client.command.list({}, { signal })),
    askInstance("list its skills", (signal) => client.app.skills({}, { signal })),
    askInstance("list its tools", (signal) => client.tool.ids({}, { signal })),
    askInstance("list its MCP servers", (signal) => client.mcp.status({}, { signal })),
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
      .map((command) => plugin("command", command.name, command.description)),
    ...skills.map((skill) => plugin("skill", skill.name, skill.description)),
    ...tools.map((tool) => plugin("tool", tool)),
    ...Object.entries(servers).map(([name, server]) =>
      plugin("mcp", name, server.status, { source: "local", enabled: server.status === "connected" }),
    ),
  ];
}
