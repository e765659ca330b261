import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { recordedContext } from "@drover/agent-kit/conformance";
import { eventually, trackLeaks } from "@drover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentBench, agentBench, ofKind, outputOf, testApiKey } from "./agent.fixture.ts";

const run = promisify(execFile);
const git = async (folder: string, ...args: string[]) =>
  (await run("git", ["-C", folder, "-c", "user.name=T", "-c", "user.email=t@example.com", ...args])).stdout;

const leaks = trackLeaks();
afterAll(() => leaks.check());

let bench: AgentBench;
beforeAll(async () => {
  bench = await agentBench(process.env, { DROVER_OPENCODE_ASK: "none" });
});
afterAll(() => bench[Symbol.asyncDispose]());

describe("a workspace that is no git repository", () => {
  test("a file is written, reported, and handed back as an artifact", async () => {
    const context = recordedContext();
    const payload = {
      action: "generate_code",
      language: "go",
      prompt: "Users",
      context: { file_path: "api/users.go" },
    };
    const result = await bench.agent.execute(bench.task(payload), context);
    const { files, summary, session_id } = outputOf(result);
    const written = await bench.read("ws-1", "api/users.go");
    expect(files).toMatchObject([{ path: "api/users.go", status: "added", deletions: 0 }]);
    expect(files[0]?.additions).toBe(written.trimEnd().split("\n").length);
    expect(files[0]?.patch).toContain("+++ b/api/users.go");
    expect(result.artifacts).toEqual([
      { name: "api/users.go", media_type: "text/x-go", size_bytes: written.length, content: written },
    ]);
    expect(result.usage?.input_tokens).toBeGreaterThan(0);
    expect(result.truncated).toBeUndefined();
    expect(summary).toMatch(/api\/users\.go/);
    expect(session_id).toMatch(/^ses_/);
    const writes = ofKind(context.progressed, "tool").filter((data) => data["tool"] === "write");
    expect(writes.map((data) => data["state"])).toEqual(["pending", "running", "completed"]);
    expect(writes.at(-1)).toMatchObject({ input: { file_path: "api/users.go" } });
    expect(context.spans.map((span) => span.name)).toContain("tool write");
    const text = context.outputs.map((data) => data["text"]).join("");
    expect(text.trim()).toBe(summary);
    expect(await readdir(bench.path("ws-1"))).toEqual(["api"]);
  });

  test("the plugins of its instance are told", async () => {
    await eventually(() => bench.plugins.length > 0);
    const named = (kind: string) =>
      bench.plugins.filter((found) => found.kind === kind).map(({ name }) => name);
    expect(named("tool")).toContain("write");
    expect(named("agent")).toContain("build");
  });

  test("a session goes on where it stood", async () => {
    const first = await bench.agent.execute(bench.prompt("say one"), recordedContext());
    const payload = { action: "prompt", prompt: "write two.txt: 2", session_id: outputOf(first).session_id };
    const second = await bench.agent.execute(bench.task(payload), recordedContext());
    expect(outputOf(second).session_id).toBe(outputOf(first).session_id);
    expect(outputOf(second).files).toMatchObject([{ path: "two.txt", status: "added", additions: 1 }]);
  });
});

test("in a git repository only the files change, not the repository", async () => {
  const folder = bench.path("ws-git");
  await bench.put("ws-git", "a.txt", "one\ntwo\n");
  await bench.put("ws-git", "gone.txt", "x\n");
  await git(folder, "init", "-q");
  await git(folder, "add", "a.txt", "gone.txt");
  await git(folder, "commit", "-qm", "first");
  await bench.put("ws-git", "staged.txt", "staged\n");
  await git(folder, "add", "staged.txt");
  const index = await readFile(join(folder, ".git", "index"));
  const task = bench.prompt("run echo three >> a.txt\nrun rm gone.txt\nwrite deploy/app.yaml: kind: List", {
    workspaceId: "ws-git",
  });
  const result = await bench.agent.execute(task, recordedContext());
  expect(outputOf(result).files).toMatchObject([
    {
      path: "a.txt",
      status: "modified",
      additions: 1,
      deletions: 0,
      patch: expect.stringContaining("+three"),
    },
    { path: "deploy/app.yaml", status: "added", additions: 1, deletions: 0 },
    { path: "gone.txt", status: "deleted", additions: 0, deletions: 1 },
  ]);
  expect(result.artifacts).toMatchObject([
    { name: "a.txt", media_type: "text/plain", content: "one\ntwo\nthree\n" },
    { name: "deploy/app.yaml", media_type: "application/yaml" },
  ]);
  expect((await git(folder, "log", "--format=%s")).trim()).toBe("first");
  expect(await readFile(join(folder, ".git", "index"))).toEqual(index);
});

describe("what the agent may not do", () => {
  test("explain changes nothing, whatever the model tries", async () => {
    await bench.put("ws-ro", "a.txt", "one\n");
    for (const payload of [
      { action: "explain", prompt: "What is it?", context: { file_path: "a.txt" } },
      { action: "prompt", prompt: "write b.txt: no\nrun touch c.txt", agent_mode: "plan" },
    ]) {
      const task = bench.task(payload, { workspaceId: "ws-ro" });
      const result = await bench.agent.execute(task, recordedContext());
      expect(outputOf(result).files).toEqual([]);
    }
    expect(await readdir(bench.path("ws-ro"))).toEqual(["a.txt"]);
  });

  test("what lies outside of the workspace is refused, and the work goes on", async () => {
    const prompt = "read /etc/hostname\nrun cat /etc/hostname\nwrite after.txt: went on";
    const result = await bench.agent.execute(bench.prompt(prompt), recordedContext());
    expect(outputOf(result).files).toMatchObject([{ path: "after.txt" }]);
  });

  test("its commands see neither the model's key nor the worker's environment", async () => {
    await bench.agent.execute(bench.prompt("run env > env.txt"), recordedContext());
    const environment = await bench.read("ws-1", "env.txt");
    expect(environment).toContain("GIT_TERMINAL_PROMPT=0");
    expect(environment).not.toContain(testApiKey);
    expect(environment).not.toContain("VITEST");
    expect(environment).toMatch(/^OPENCODE_SERVER_PASSWORD=$/m);
    expect(environment).toMatch(/^OPENCODE_CONFIG_CONTENT=$/m);
    const { stdout } = await run("grep", ["-rl", testApiKey, bench.config.DROVER_STATE_DIR]).catch(() => ({
      stdout: "",
    }));
    expect(stdout).toBe("");
  });

  test("what a repository brings neither runs nor breaks the instance", async () => {
    const evil = (mark: string) =>
      `import { writeFileSync } from "node:fs"; writeFileSync("${bench.path("ws-evil", mark)}", "");
       export default { id: "${mark}", setup: async () => {} };`;
    await bench.put("ws-evil", ".opencode/plugin/a.js", evil("ran-a"));
    await bench.put("ws-evil", ".opencode/plugins/b.ts", evil("ran-b"));
    await bench.put("ws-evil", ".opencode/tool/c.ts", evil("ran-c"));
    await bench.put("ws-evil", "d.js", evil("ran-d"));
    const mcp = {
      evil: { type: "local", command: ["touch", bench.path("ws-evil", "ran-e")], enabled: true },
    };
    await bench.put("ws-evil", "opencode.json", JSON.stringify({ plugin: ["./d.js"], mcp, model: "x/y" }));
    await bench.put("ws-evil", ".opencode/opencode.jsonc", "{ not json");
    const task = bench.prompt("write fine.txt: yes", { workspaceId: "ws-evil" });
    const result = await bench.agent.execute(task, recordedContext());
    expect(outputOf(result).files).toMatchObject([{ path: "fine.txt" }]);
    const present = await readdir(bench.path("ws-evil"));
    expect(present.filter((name) => name.startsWith("ran"))).toEqual([]);
  });
});

describe("what is refused for good", () => {
  test.each([
    ["a session that does not exist", { session_id: "ses_doesnotexist" }, "invalid_payload"],
    ["a model that the endpoint is not known to have", { model: "no-such-model" }, "model_rejected"],
    ["an unknown field", { colour: "red" }, "invalid_payload"],
  ])("%s", async (_title, fields, code) => {
    const task = bench.task({ action: "prompt", prompt: "say hi", ...fields });
    const execution = bench.agent.execute(task, recordedContext());
    await expect(execution).rejects.toMatchObject({ name: "PermanentFailure", code });
  });

  test("a workspace without a folder that is not made on first use", async () => {
    const task = bench.prompt("say hi", { workspaceId: "absent" });
    const execution = bench.agent.execute(task, recordedContext());
    await expect(execution).rejects.toMatchObject({ name: "PermanentFailure", code: "workspace_not_found" });
  });
});
