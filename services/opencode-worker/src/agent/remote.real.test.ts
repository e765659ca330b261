import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Agent } from "@drover/agent-kit";
import { anAgentTask, recordedContext } from "@drover/agent-kit/conformance";
import type { Payload, Instance as Registration } from "@drover/contracts";
import { type DemoModel, startDemoModel } from "@drover/demo-model";
import { createLogger } from "@drover/observability";
import { eventually, startOpenCode, type TestOpenCode, trackLeaks } from "@drover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readOpenCodeConfig } from "../config.ts";
import { createOpenCodeAgent } from "../create-agent.ts";
import { aRegistration } from "../instance/registration.fixture.ts";
import { ofKind, outputOf } from "./agent.fixture.ts";

const run = promisify(execFile);
const leaks = trackLeaks();
afterAll(() => leaks.check());

const password = "of-the-workspace-hush";
let root: string;
let model: DemoModel;
let agent: Agent;
let server: TestOpenCode;
const registered = new Map<string, Registration>();

const git = async (folder: string, ...args: string[]) =>
  (await run("git", ["-C", folder, "-c", "user.name=T", "-c", "user.email=t@example.com", ...args])).stdout;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "drover-remote-test-")));
  for (const name of ["repository", "plain"]) await mkdir(join(root, name));
  const repository = join(root, "repository");
  await writeFile(join(repository, "long.txt"), Array.from({ length: 40 }, (_, n) => `line ${n}\n`).join(""));
  await writeFile(join(repository, "gone.txt"), "x\n");
  await git(repository, "init", "-q");
  await git(repository, "add", ".");
  await git(repository, "commit", "-qm", "first");
  await writeFile(join(repository, "dirty.txt"), "from before\n");
  model = await startDemoModel();
  const permission = { bash: { "touch *": "deny" } };
  server = await startOpenCode({
    directory: repository,
    modelUrl: model.url,
    password,
    config: { permission },
  });
  const config = readOpenCodeConfig({
    PATH: process.env["PATH"],
    DROVER_MODEL_BASE_URL: "http://127.0.0.1:9/v1",
    DROVER_WORKSPACES_DIR: join(root, "no-workspaces-here"),
    DROVER_STATE_DIR: join(root, "state"),
    DROVER_WORKER_NAME: "bench",
    DROVER_INSTANCE_ALLOW: "127.0.0.1",
    DROVER_OPENCODE_ASK: "none",
  });
  agent = await createOpenCodeAgent(config, createLogger({ service: "test", level: "silent" }), {
    registration: async (_organizationId, workspaceId) => registered.get(workspaceId) ?? null,
    password: async (id) => (id.endsWith("wrong") ? "wrong" : password),
  });
});
afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

function register(workspaceId: string, fields: Partial<Registration> = {}): void {
  const known = { id: `inst_${workspaceId}`, workspace_id: workspaceId, runtime: "remote" } as const;
  const remote = { ...known, url: server.url, version: "1.18.33", ...fields };
  registered.set(workspaceId, aRegistration(remote));
}
const task = (workspaceId: string, payload: Payload) =>
  anAgentTask({ type: "opencode", payload, workspaceId });
const prompt = (workspaceId: string, text: string) => task(workspaceId, { action: "prompt", prompt: text });
const execute = (workspaceId: string, text: string) =>
  agent.execute(prompt(workspaceId, text), recordedContext());

describe("a workspace that runs its own OpenCode", () => {
  test("a task works on its files, and its result tells each change as it is, without what was there before", async () => {
    register("ws-1");
    const context = recordedContext();
    const directives = "write new/b.txt: hello\nrun rm gone.txt\nrun sed -i s/20/TWENTY/ long.txt";
    const result = await agent.execute(prompt("ws-1", directives), context);
    const { files, session_id } = outputOf(result);
    expect(files).toMatchObject([
      { path: "gone.txt", status: "deleted", additions: 0, deletions: 1 },
      { path: "long.txt", status: "modified", additions: 1, deletions: 1 },
      { path: "new/b.txt", status: "added", additions: 1, deletions: 0 },
    ]);
    const repository = join(root, "repository");
    expect(result.artifacts).toEqual([
      expect.objectContaining({
        name: "long.txt",
        content: await readFile(join(repository, "long.txt"), "utf8"),
      }),
      { name: "new/b.txt", media_type: "text/plain", size_bytes: 6, content: "hello\n" },
    ]);
    expect(session_id).toMatch(/^ses_/);
    expect(result.usage?.input_tokens).toBeGreaterThan(0);
    expect(ofKind(context.progressed, "tool").some((data) => data["state"] === "completed")).toBe(true);
    // The patches are ones that git takes.
    await git(repository, "stash", "-qu");
    await writeFile(join(root, "all.patch"), files.map(({ patch }) => patch).join(""));
    await git(repository, "apply", "--index", join(root, "all.patch"));
    expect((await git(repository, "diff", "--cached", "--name-only")).trim().split("\n")).toEqual([
      "gone.txt",
      "long.txt",
      "new/b.txt",
    ]);
    await git(repository, "reset", "-q", "--hard");
    await git(repository, "stash", "pop", "-q");
  });

  test("another attempt tells what the first one changed, too", async () => {
    register("ws-1");
    const first = prompt("ws-1", "write first.txt: 1");
    await agent.execute(first, recordedContext());
    const again = { ...first, attempt: 2, payload: { action: "prompt", prompt: "write second.txt: 2" } };
    const result = await agent.execute(again, recordedContext());
    expect(outputOf(result).files.map(({ path }) => path)).toEqual(["first.txt", "second.txt"]);
  });

  test("what its own configuration denies stays denied, what Drover denies is denied, and a reader changes nothing", async () => {
    register("ws-1");
    const result = await execute("ws-1", "run touch denied.txt\nread /etc/hostname\nwrite allowed.txt: yes");
    expect(outputOf(result).files.map(({ path }) => path)).toEqual(["allowed.txt"]);
    const reading = task("ws-1", { action: "prompt", prompt: "write no.txt: no", agent_mode: "plan" });
    expect(outputOf(await agent.execute(reading, recordedContext())).files).toEqual([]);
  });

  test("its models are its own: named as provider/model, or left out; what it lacks is refused", async () => {
    register("ws-1");
    const named = (name: string) =>
      agent.execute(task("ws-1", { action: "prompt", prompt: "say hi", model: name }), recordedContext());
    await expect(named("workspace/drover-demo")).resolves.toHaveProperty("output");
    await expect(named("drover-demo")).rejects.toMatchObject({ code: "model_rejected" });
    await expect(named("workspace/none")).rejects.toMatchObject({
      name: "PermanentFailure",
      code: "model_rejected",
    });
  });

  test("a folder that is no repository is worked on, and the result says that the changes are not told", async () => {
    register("ws-plain", { directory: join(root, "plain") });
    const result = await execute("ws-plain", "write a.txt: hello");
    expect(await readFile(join(root, "plain", "a.txt"), "utf8")).toBe("hello\n");
    expect(outputOf(result).files).toEqual([]);
    expect(result.truncated).toBe(true);
  });
});

describe("what stands in the way is named in time", () => {
  test("missed heartbeats, a password that is wrong, a folder that is not there, an address that is not allowed", async () => {
    const failure = async (workspaceId: string, fields: Partial<Registration>) => {
      register(workspaceId, fields);
      return await execute(workspaceId, "say hi").catch((error: unknown) => error);
    };
    expect(await failure("ws-silent", { status: "unreachable" })).toMatchObject({
      name: "CapacityFailure",
      code: "instance_unreachable",
    });
    const wrong = await failure("ws-wrong", { id: "inst_wrong" });
    expect(wrong).toMatchObject({ name: "RetryableFailure", code: "instance_failed" });
    expect(String(wrong)).toContain("password");
    expect(await failure("ws-nowhere", { directory: "/nowhere/at/all" })).toMatchObject({
      name: "PermanentFailure",
      code: "workspace_not_found",
    });
    expect(await failure("ws-metadata", { url: "http://169.254.169.254/" })).toMatchObject({
      name: "PermanentFailure",
      code: "address_not_allowed",
    });
    expect(await failure("ws-closed", { url: "http://127.0.0.1:1/" })).toMatchObject({
      name: "CapacityFailure",
      code: "instance_unreachable",
    });
  });

  test("an instance that ends in the middle of a task fails the attempt, and serves again when it is back", async () => {
    register("ws-1");
    const context = recordedContext();
    const ended = agent.execute(prompt("ws-1", "write before.txt: 1\nsleep 600"), context).then(
      (result) => result,
      (error: unknown) => error,
    );
    await eventually(
      () =>
        ofKind(context.progressed, "tool").some(({ tool, state }) => tool === "bash" && state === "running"),
      { deadlineMs: 60_000 },
    );
    await server.kill();
    expect(await ended).toMatchObject({ name: "RetryableFailure", code: "instance_failed" });
    await expect(execute("ws-1", "say hi")).rejects.toMatchObject({ code: "instance_unreachable" });
    await server.restart();
    const after = await execute("ws-1", "write after.txt: 2");
    expect(outputOf(after).files.map(({ path }) => path)).toEqual(["after.txt"]);
  });

  test("when another instance is registered, the next task goes to it", async () => {
    const elsewhere = join(root, "elsewhere");
    await mkdir(elsewhere);
    await git(elsewhere, "init", "-q");
    await using other = await startOpenCode({ directory: elsewhere, modelUrl: model.url, password });
    register("ws-1");
    await execute("ws-1", "say hi");
    register("ws-1", { id: "inst_other", url: other.url });
    await execute("ws-1", "write here.txt: yes");
    expect(await readFile(join(elsewhere, "here.txt"), "utf8")).toBe("yes\n");
  });
});
