/** What is plugged into a workspace's OpenCode, and the catalogue that it may come from. */
import { expect } from "vitest";
import { z } from "zod";
import { create, prefix } from "../../e2e/api.ts";
import type { Case } from "../case.ts";
import { uniqueName, type World } from "../world.ts";

const listed = z.object({
  plugins: z.array(z.object({ name: z.string(), kind: z.string(), enabled: z.boolean() })),
});
const critic = { kind: "agent", text: "---\ndescription: Finds faults.\n---\nFind faults." };
const workspace = "ws-plugged";

async function plug(world: World, name: string, body: object): Promise<void> {
  const params = { plugin_name: name };
  const answer = await world.call("putPlugin", {
    params,
    body: { workspace_id: workspace, enabled: true, ...body },
  });
  expect(answer.status, answer.text).toBe(200);
}

async function pluginsOf(world: World, workspace_id: string) {
  return listed.parse((await world.call("listPlugins", { query: { workspace_id } })).body).plugins;
}

const unplug = (name: string) => async (world: World) => {
  await world.call("deletePlugin", { params: { plugin_name: name }, query: { workspace_id: workspace } });
};

const putPlugin: Case[] = [
  {
    title: "adds an agent, which is listed before any instance has run",
    sends: {
      params: { plugin_name: "critic" },
      body: { workspace_id: workspace, enabled: true, spec: critic },
    },
    status: 200,
    body: {
      name: "critic",
      kind: "agent",
      source: "local",
      enabled: true,
      workspace_id: workspace,
      description: "Finds faults.",
    },
    also: async (_answer, world) => {
      expect(await pluginsOf(world, workspace)).toContainEqual(expect.objectContaining({ name: "critic" }));
    },
    after: unplug("critic"),
  },
  {
    title: "turns off what was added, and keeps it",
    sends: async (world) => {
      await plug(world, "quiet", { spec: critic });
      return { params: { plugin_name: "quiet" }, body: { workspace_id: workspace, enabled: false } };
    },
    status: 200,
    body: { name: "quiet", enabled: false, description: "Finds faults." },
    after: unplug("quiet"),
  },
  {
    title: "turns off a tool of OpenCode's own, by its kind, before it was ever seen",
    sends: {
      params: { plugin_name: "webfetch" },
      body: { workspace_id: workspace, enabled: false, kind: "tool" },
    },
    status: 200,
    body: { name: "webfetch", kind: "tool", enabled: false },
    after: unplug("webfetch"),
  },
  {
    title: "installs from the catalogue",
    sends: {
      params: { plugin_name: "reviewer" },
      body: { workspace_id: workspace, enabled: true, spec: "catalogue:code-reviewer" },
    },
    status: 200,
    body: { name: "reviewer", kind: "agent", version: "1.0.0", enabled: true },
    after: unplug("reviewer"),
  },
  {
    title: "of an npm package that the deployment does not name",
    sends: {
      params: { plugin_name: "audit" },
      body: { workspace_id: workspace, enabled: true, spec: "npm:@acme/audit@1.0.0" },
    },
    status: 403,
    code: "plugin_not_allowed",
    body: { detail: expect.stringContaining("npm:@acme/audit") },
  },
  {
    title: "of an MCP server whose program the deployment does not name",
    sends: {
      params: { plugin_name: "files" },
      body: {
        workspace_id: workspace,
        enabled: true,
        spec: { kind: "mcp", command: ["npx", "-y", "files"] },
      },
    },
    status: 403,
    code: "plugin_not_allowed",
    body: { detail: expect.stringContaining("mcp:npx") },
  },
  {
    title: "of what is not in the catalogue",
    sends: {
      params: { plugin_name: "nothing" },
      body: { workspace_id: workspace, enabled: true, spec: "catalogue:nothing@1.0.0" },
    },
    status: 400,
    code: "validation_failed",
    faults: { spec: "there is no nothing@1.0.0" },
  },
  {
    title: "of an agent whose front matter OpenCode could not read",
    sends: {
      params: { plugin_name: "broken" },
      body: {
        workspace_id: workspace,
        enabled: true,
        spec: { kind: "agent", text: "---\nmode: evil\n---\nx" },
      },
    },
    status: 400,
    code: "validation_failed",
    faults: { "spec.text.description": "expected string", "spec.text.mode": "subagent" },
  },
  {
    title: "that turns off an agent which tasks need",
    sends: {
      params: { plugin_name: "build" },
      body: { workspace_id: workspace, enabled: false, kind: "agent" },
    },
    status: 409,
    code: "conflict",
    body: { detail: expect.stringContaining("build") },
  },
  {
    title: "that turns on what nobody knows",
    sends: { params: { plugin_name: "who" }, body: { workspace_id: workspace, enabled: false } },
    status: 404,
    code: "not_found",
  },
  {
    title: "takes effect for the next task, without a restart",
    sends: async (world) => {
      const task = (prompt: string) => ({
        type: "opencode",
        payload: { action: "prompt", prompt, context: { workspace_id: "ws-replugged" } },
      });
      const run = async (prompt: string) => {
        const id = await create(world.stack, `${prefix}/opencode/tasks`, task(prompt));
        return await world.stack.client.waitForTask(id, { timeoutMs: 90_000 });
      };
      await run("write first.txt: one");
      await plug(world, "test-writing", { workspace_id: "ws-replugged", spec: "catalogue:test-writing" });
      const used = await run('call skill {"name":"test-writing"}\nwrite second.txt: two');
      expect(used.status, JSON.stringify(used.error)).toBe("completed");
      const plugins = await pluginsOf(world, "ws-replugged");
      expect(plugins).toContainEqual(expect.objectContaining({ name: "test-writing", kind: "skill" }));
      return {
        params: { plugin_name: "test-writing" },
        body: { workspace_id: "ws-replugged", enabled: false },
      };
    },
    status: 200,
    body: { enabled: false },
  },
];

const deletePlugin: Case[] = [
  {
    title: "forgets what was plugged in",
    sends: async (world) => {
      await plug(world, uniqueName("gone"), { spec: critic });
      await plug(world, "gone", { spec: critic });
      return { params: { plugin_name: "gone" }, query: { workspace_id: workspace } };
    },
    status: 204,
    also: async (_answer, world) => {
      expect((await pluginsOf(world, workspace)).map(({ name }) => name)).not.toContain("gone");
    },
  },
  {
    title: "of a name that two kinds have, without a word which is meant",
    sends: async (world) => {
      await plug(world, "twin", { spec: critic });
      await plug(world, "twin", { spec: { ...critic, kind: "skill" } });
      return { params: { plugin_name: "twin" }, query: { workspace_id: workspace } };
    },
    status: 409,
    code: "conflict",
    body: { detail: expect.stringContaining("agent, skill") },
  },
  {
    title: "of what was never plugged in",
    sends: { params: { plugin_name: "never" }, query: { workspace_id: workspace } },
    status: 404,
    code: "not_found",
  },
];

const listCatalogue: Case[] = [
  {
    title: "finds by words and terms",
    sends: { query: { q: "kind:agent text:security" } },
    status: 200,
    body: { count: 1, entries: [{ name: "security-reviewer", kind: "agent", source: "local" }] },
  },
  {
    title: "finds nothing",
    sends: { query: { q: "text:xyzzy" } },
    status: 200,
    body: { entries: [], count: 0 },
  },
];

export const pluginCases = { putPlugin, deletePlugin, listCatalogue };
