import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordedContext } from "@drover/agent-kit/conformance";
import type { Plugin } from "@drover/contracts";
import { type PluginSetting, readPluginText } from "@drover/instances";
import { eventually, trackLeaks } from "@drover/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type AgentBench, agentBench, ofKind, outputOf, testRuntime } from "../agent/agent.fixture.ts";
import { type StubRegistry, startRegistry } from "./npm-registry.fixture.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

/** Most of these start two servers. */
vi.setConfig({ testTimeout: 300_000 });

const mcpServer = fileURLToPath(new URL("mcp-server.fixture.mjs", import.meta.url));
const wanted = new Map<string, { revision: number; settings: PluginSetting[] }>();
const told = new Map<string, readonly Plugin[]>();

let registry: StubRegistry;
let bench: AgentBench;
beforeAll(async () => {
  registry = await startRegistry("@acme/notes", "1.0.0", {
    "package.json": JSON.stringify({ name: "@acme/notes", version: "1.0.0", main: "notes.js" }),
    "notes.js": `export const Notes = async () => ({
      tool: { take_note: { description: "Notes.", args: {}, execute: async () => "success: noted" } },
    });`,
  });
  bench = await agentBench(
    process.env,
    { DROVER_PLUGIN_REGISTRY: registry.url },
    {
      plugins: async (_organization, workspace) => wanted.get(workspace) ?? { revision: 0, settings: [] },
      onPlugins: (_organization, workspace, plugins) => void told.set(workspace, plugins),
    },
  );
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const setting = (fields: Pick<PluginSetting, "name" | "kind" | "content"> & Partial<PluginSetting>) => ({
  enabled: true,
  source: "local" as const,
  version: "1",
  description: "",
  ...fields,
});

function want(workspace: string, ...settings: PluginSetting[]): void {
  const revision = (wanted.get(workspace)?.revision ?? 0) + 1;
  wanted.set(workspace, { revision, settings });
}

const text = (kind: "agent" | "command" | "skill", name: string, markdown: string) =>
  setting({ name, kind, content: { form: "text", text: readPluginText(kind, name, markdown).text } });

async function run(workspaceId: string, directives: string) {
  const context = recordedContext();
  const result = await bench.agent.execute(bench.prompt(directives, { workspaceId }), context);
  const tools = ofKind(context.progressed, "tool");
  return { output: outputOf(result), tools, finished: tools.filter(({ state }) => state === "completed") };
}

const toldOf = (workspace: string, kind: string) =>
  (told.get(workspace) ?? []).filter((plugin) => plugin.kind === kind);

const missing = testRuntime(process.env) === "docker" ? " (skipped: the image has no Node for it)" : null;

test.skipIf(missing !== null)(
  `an MCP server that is plugged in is used by the next task, in the same worker${missing ?? ""}`,
  async () => {
    await run("ws-mcp", "write a.txt: before");
    const former = await bench.server("ws-mcp");
    const calls = bench.path("ws-mcp", "calls.txt");
    const command = [process.execPath, mcpServer, "noon", calls];
    want("ws-mcp", setting({ name: "clock", kind: "mcp", content: { form: "command", command } }));
    told.delete("ws-mcp");
    const { finished } = await run("ws-mcp", "call clock_clock {}");
    expect(finished.map(({ tool }) => tool)).toContain("clock_clock");
    expect(await readFile(calls, "utf8")).toBe("noon\n");
    expect(await bench.processes("ws-mcp")).not.toContain(former);
    await eventually(() => toldOf("ws-mcp", "mcp").length > 0, { deadlineMs: 30_000 });
    expect(toldOf("ws-mcp", "mcp")).toMatchObject([
      { name: "clock", enabled: true, description: "connected" },
    ]);
  },
);

test("what does not change keeps its server", async () => {
  await run("ws-same", "write a.txt: one");
  const before = await bench.server("ws-same");
  await run("ws-same", "write a.txt: two");
  expect(await bench.server("ws-same")).toBe(before);
});

test("an agent, a command and a skill are listed, and the agent and the skill can be called", async () => {
  want(
    "ws-text",
    text("agent", "critic", "---\ndescription: Finds faults.\npermission:\n  edit: deny\n---\nFind faults."),
    text("command", "tidy", "---\ndescription: Tidies.\n---\nTidy $ARGUMENTS"),
    text("skill", "brevity", "---\ndescription: Use it always.\n---\nThe word is plugh."),
  );
  const { tools } = await run(
    "ws-text",
    'call skill {"name":"brevity"}\ncall task {"description":"look","prompt":"write evil.txt: no","subagent_type":"critic"}',
  );
  const completed = tools.filter(({ state }) => state === "completed").map(({ tool }) => tool);
  expect(completed).toEqual(expect.arrayContaining(["skill", "task"]));
  // Its own restriction holds for the sub-agent.
  await expect(bench.read("ws-text", "evil.txt")).rejects.toThrow("ENOENT");
  await eventually(() => toldOf("ws-text", "agent").some(({ name }) => name === "critic"), {
    deadlineMs: 30_000,
  });
  expect(toldOf("ws-text", "agent").find(({ name }) => name === "critic")).toMatchObject({ source: "local" });
  expect(toldOf("ws-text", "command").map(({ name }) => name)).toContain("tidy");
  expect(toldOf("ws-text", "skill").map(({ name }) => name)).toContain("brevity");
});

test("what is turned off cannot be used: a tool, an agent, a skill", async () => {
  const off = (name: string, kind: PluginSetting["kind"]) =>
    setting({ name, kind, enabled: false, source: "builtin", content: null });
  want("ws-off", off("bash", "tool"), off("general", "agent"));
  const { output } = await run("ws-off", "run touch ran.txt\nwrite wrote.txt: yes");
  expect(output.files.map(({ path }) => path)).toEqual(["wrote.txt"]);
  await eventually(() => toldOf("ws-off", "agent").length > 0, { deadlineMs: 30_000 });
  expect(toldOf("ws-off", "agent").map(({ name }) => name)).not.toContain("general");
});

test("a change does not disturb a task that runs, and holds for the one after it", async () => {
  const running = run(
    "ws-hot",
    "run touch begun; until [ -e go ]; do sleep 0.1; done\nwrite first.txt: done",
  );
  await eventually(() => bench.read("ws-hot", "begun").then(() => true), { deadlineMs: 60_000 });
  want("ws-hot", text("skill", "brevity", "---\ndescription: Use it always.\n---\nThe word is plugh."));
  const meanwhile = run("ws-hot", "write second.txt: done");
  await expect(meanwhile).rejects.toMatchObject({ name: "CapacityFailure", code: "no_free_slot" });
  await bench.put("ws-hot", "go", "");
  expect((await running).output.files.map(({ path }) => path)).toContain("first.txt");
  const { finished } = await run("ws-hot", 'call skill {"name":"brevity"}');
  expect(finished.map(({ tool }) => tool)).toContain("skill");
});

test("a package brings its tools to the next task; one that is not what was pinned stops it", async () => {
  const content = (integrity: string) => ({
    form: "package" as const,
    package: "@acme/notes@1.0.0",
    integrity,
  });
  want(
    "ws-npm",
    setting({ name: "@acme/notes", kind: "plugin", source: "npm", content: content(registry.integrity) }),
  );
  const { finished } = await run("ws-npm", "call take_note {}");
  expect(finished.map(({ tool }) => tool)).toEqual(["take_note"]);
  const other = registry.integrity.replace(
    /^sha512-./,
    registry.integrity[7] === "A" ? "sha512-B" : "sha512-A",
  );
  want("ws-npm", setting({ name: "@acme/notes", kind: "plugin", source: "npm", content: content(other) }));
  await expect(run("ws-npm", "write a.txt: a")).rejects.toMatchObject({ code: "plugin_unavailable" });
});

test("the configuration of a workspace lies in its state, not in its folder", async () => {
  const state = join(bench.config.DROVER_STATE_DIR, "bench", "default", "ws-text", "config", "drover");
  expect(await readFile(join(state, "skills", "brevity", "SKILL.md"), "utf8")).toContain("plugh");
});
