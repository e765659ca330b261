import { access } from "node:fs/promises";
import { recordedContext } from "@drover/agent-kit/conformance";
import { type Instance, newId, type Plugin } from "@drover/contracts";
import { eventually, trackLeaks } from "@drover/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type AgentBench, agentBench, ofKind, outputOf, testRuntime } from "../agent/agent.fixture.ts";
import { aRegistration } from "../instance/registration.fixture.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

/** Each of these starts three servers or more. */
vi.setConfig({ testTimeout: 300_000 });

const trusted = new Set<string>();
const told = new Map<string, readonly Plugin[]>();

function registrationOf(workspaceId: string): Instance {
  const known = {
    id: newId("instance"),
    workspace_id: workspaceId,
    runtime: testRuntime(process.env),
  } as const;
  return aRegistration({ ...known, trusted: trusted.has(workspaceId) });
}

let bench: AgentBench;
beforeAll(async () => {
  bench = await agentBench(
    process.env,
    { DROVER_OPENCODE_ASK: "none" },
    {
      registration: async (_organization, workspace) => registrationOf(workspace),
      onPlugins: (_organization, workspace, plugins) => void told.set(workspace, plugins),
    },
  );
});
afterAll(() => bench[Symbol.asyncDispose]());

async function run(workspaceId: string, directives: string) {
  const context = recordedContext();
  const result = await bench.agent.execute(bench.prompt(directives, { workspaceId }), context);
  const completed = ofKind(context.progressed, "tool").filter(({ state }) => state === "completed");
  return { output: outputOf(result), tools: completed.map(({ tool }) => tool) };
}

const present = (workspace: string, file: string) =>
  access(bench.path(workspace, file)).then(
    () => true,
    () => false,
  );

test("what a repository brings runs once its workspace is trusted, and no longer when it is not", async () => {
  const mark = (file: string) =>
    `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(bench.path("ws-t", file))}, "");`;
  await bench.put(
    "ws-t",
    ".opencode/plugin/a.js",
    `${mark("ran-plugin")} export const A = async () => ({});`,
  );
  await bench.put(
    "ws-t",
    ".opencode/tool/hello.js",
    `export default { description: "Greets.", args: {}, async execute() { ${"return 'success: hello';"} } };`,
  );
  await bench.put(
    "ws-t",
    ".opencode/agent/local.md",
    "---\ndescription: Local.\nmode: subagent\n---\nBe local.",
  );
  expect((await run("ws-t", "call hello {}\nwrite a.txt: a")).tools).toEqual(["write"]);
  expect(await present("ws-t", "ran-plugin")).toBe(false);
  trusted.add("ws-t");
  told.delete("ws-t");
  expect((await run("ws-t", "call hello {}\nwrite a.txt: b")).tools).toEqual(["hello", "write"]);
  expect(await present("ws-t", "ran-plugin")).toBe(true);
  await eventually(() => told.has("ws-t"), { deadlineMs: 30_000 });
  const named = (kind: string) => (told.get("ws-t") ?? []).filter((found) => found.kind === kind);
  expect(named("tool")).toContainEqual(expect.objectContaining({ name: "hello", source: "local" }));
  expect(named("agent")).toContainEqual(expect.objectContaining({ name: "local", source: "local" }));
  expect(named("plugin")).toContainEqual(expect.objectContaining({ name: "a", source: "local" }));
  trusted.delete("ws-t");
  expect((await run("ws-t", "call hello {}\nwrite a.txt: c")).tools).toEqual(["write"]);
});

test("a trusted repository cannot give itself what Drover denies, nor make a task wait for a person", async () => {
  trusted.add("ws-p");
  const permission = {
    webfetch: "allow",
    external_directory: { "*": "allow", "/etc/*": "allow" },
    bash: "ask",
  };
  const agent = { build: { permission: { webfetch: "allow", external_directory: "allow", "*": "allow" } } };
  await bench.put("ws-p", "opencode.json", JSON.stringify({ permission, agent }));
  const { tools } = await run(
    "ws-p",
    'call webfetch {"url":"http://127.0.0.1:1/","format":"text"}\nread /etc/hostname\nrun echo hi > ran.txt',
  );
  expect(tools).toEqual(["bash"]);
});

test("a trusted repository's file that OpenCode cannot read is named, and reading it again follows its repair", async () => {
  trusted.add("ws-i");
  await bench.put("ws-i", "opencode.json", "{ not json");
  await expect(run("ws-i", "write a.txt: a")).rejects.toMatchObject({
    name: "PermanentFailure",
    code: "workspace_config_invalid",
    message: expect.stringContaining("opencode.json"),
  });
  await bench.put("ws-i", "opencode.json", JSON.stringify({ model: 7 }));
  await expect(run("ws-i", "write a.txt: a")).rejects.toMatchObject({ code: "workspace_config_invalid" });
  await bench.put("ws-i", "opencode.json", "{}");
  expect((await run("ws-i", "write a.txt: a")).tools).toEqual(["write"]);
});
