import { execFile } from "node:child_process";
import { access, chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AgentTask } from "@drover/agent-kit";
import { recordedContext } from "@drover/agent-kit/conformance";
import { newId } from "@drover/contracts";
import { eventually, trackLeaks } from "@drover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentBench, agentBench, ofKind, outputOf } from "./agent.fixture.ts";

const run = promisify(execFile);

const leaks = trackLeaks();
afterAll(() => leaks.check());

let bench: AgentBench;
beforeAll(async () => {
  bench = await agentBench(process.env, {
    DROVER_OPENCODE_INSTANCES_MAX: "3",
    DROVER_OPENCODE_ASK: "none",
  });
});
afterAll(() => bench[Symbol.asyncDispose]());

const git = async (workspaceId: string, ...args: string[]) => {
  const identity = ["-c", "user.name=T", "-c", "user.email=t@example.com"];
  const { stdout } = await run("git", ["-C", bench.path(workspaceId), ...identity, ...args]);
  return stdout.trim();
};

/** A workspace with a repository that holds these files. */
async function repository(workspaceId: string, files: Record<string, string>): Promise<string> {
  for (const [path, content] of Object.entries(files)) await bench.put(workspaceId, path, content);
  await git(workspaceId, "init", "-q", "-b", "main");
  await git(workspaceId, "add", ".");
  await git(workspaceId, "commit", "-qm", "first");
  return await git(workspaceId, "rev-parse", "HEAD");
}

function apart(workspaceId: string, prompt: string, fields: Partial<AgentTask> = {}): AgentTask {
  const payload = { action: "prompt", prompt, isolation: "worktree" };
  return bench.task(payload, { id: newId("task"), workspaceId, ...fields });
}

const execute = async (task: AgentTask, signal?: AbortSignal) =>
  outputOf(await bench.agent.execute(task, recordedContext(signal)));

const treesOf = (workspaceId: string) =>
  readdir(join(bench.config.DROVER_STATE_DIR, "bench", "default", workspaceId, "trees")).catch(() => []);

test("what the workspace's HEAD became meanwhile decides whether a branch merges, and the paths in conflict are named", async () => {
  await repository("ws-moved", { "a.txt": "one\n", "b.txt": "one\n" });
  const task = apart("ws-moved", "run echo theirs > a.txt\nrun sleep 3\nrun echo theirs > b.txt");
  const context = recordedContext();
  const ended = bench.agent.execute(task, context);
  await eventually(() => ofKind(context.progressed, "tool").length > 0, { deadlineMs: 60_000 });
  await bench.put("ws-moved", "a.txt", "ours\n");
  await git("ws-moved", "commit", "-qam", "ours");
  expect(outputOf(await ended)).toMatchObject({ merge: { clean: false, conflicts: ["a.txt"] } });
});

test("commits of the agent's own stay, what it left uncommitted follows, and a task that changes nothing leaves no branch", async () => {
  const base = await repository("ws-own", { "a.txt": "one\n" });
  const prompt = "run echo two > a.txt && git commit -qam own\nwrite b.txt: b";
  const output = await execute(apart("ws-own", prompt));
  const subjects = await git("ws-own", "log", "--format=%s", `main..${output.branch}`);
  expect(subjects.split("\n")).toEqual([expect.stringContaining("task_"), "own"]);
  expect(output.files).toMatchObject([{ path: "a.txt" }, { path: "b.txt" }]);

  const nothing = await execute(apart("ws-own", "say hi"));
  expect(nothing).toMatchObject({ files: [], base, merge: { clean: true }, conflicts_with: [] });
  expect(nothing.branch).toBeUndefined();
  expect(await git("ws-own", "branch", "--list", "drover/*", "--format=%(refname:short)")).toBe(
    output.branch,
  );
});

test("a further attempt goes on in the tree of the first, even when its worker left it half made", async () => {
  const base = await repository("ws-again", { "a.txt": "one\n" });
  const task = apart("ws-again", "write first.txt: 1\nsleep 600");
  const abort = new AbortController();
  const context = recordedContext(abort.signal);
  const ended = bench.agent.execute(task, context).catch((error: unknown) => error);
  const slept = (data: { [key: string]: unknown }) => data["tool"] === "bash" && data["state"] === "running";
  await eventually(() => context.progressed.some(slept), { deadlineMs: 60_000 });
  abort.abort(new Error("the connection to the world is lost"));
  await ended;
  const second = { ...task, attempt: 2, payload: { ...task.payload, prompt: "write second.txt: 2" } };
  const output = await eventually(() => execute(second), { deadlineMs: 30_000 });
  expect(output.files).toMatchObject([{ path: "first.txt" }, { path: "second.txt" }]);
  expect(output.base).toBe(base);

  const half = apart("ws-again", "write third.txt: 3");
  const trees = join(bench.config.DROVER_STATE_DIR, "bench", "default", "ws-again", "trees");
  const record = { task_id: half.id, directory: bench.path("ws-again"), branch: `drover/${half.id}`, base };
  await mkdir(join(trees, half.id), { recursive: true });
  await writeFile(
    join(trees, "..", "tree-records", `${half.id}.json`),
    JSON.stringify({ ...record, whole: false }),
  );
  await git("ws-again", "worktree", "add", "-q", "--no-checkout", "-b", record.branch, join(trees, half.id));
  expect((await execute(half)).files).toMatchObject([{ path: "third.txt", status: "added" }]);
  expect(await treesOf("ws-again")).toEqual([]);
});

test("its commands do not reach the workspace's own files, and what is ignored or tracked all the same is told rightly", async () => {
  await repository("ws-ignore", { "a.txt": "one\n", ".gitignore": "*.log\n" });
  await bench.put("ws-ignore", "kept.log", "tracked\n");
  await git("ws-ignore", "add", "-f", "kept.log");
  await git("ws-ignore", "commit", "-qm", "second");
  const own = bench.path("ws-ignore", "a.txt");
  const prompt = `read ${own}\nwrite ${own}: taken\nwrite new.log: no\nwrite new.txt: yes`;
  const output = await execute(apart("ws-ignore", prompt));
  expect(output.files).toMatchObject([{ path: "new.txt" }]);
  expect(await bench.read("ws-ignore", "a.txt")).toBe("one\n");
});

test("nothing that a repository sets is run by the worker: hooks, filters, drivers, monitors, helpers", async () => {
  await repository("ws-hostile", { "a.txt": "one\ntwo\n", ".gitattributes": "* filter=x merge=x diff=x\n" });
  const mark = bench.path("ws-hostile", "ran");
  const program = join(bench.path("ws-hostile"), ".git", "evil");
  await writeFile(program, `#!/bin/sh\necho "$0 $@" >> ${mark}\ncat\n`);
  await chmod(program, 0o755);
  for (const hook of [
    "post-checkout",
    "reference-transaction",
    "post-index-change",
    "pre-commit",
    "post-commit",
  ]) {
    await writeFile(
      join(bench.path("ws-hostile"), ".git", "hooks", hook),
      `#!/bin/sh\necho ${hook} >> ${mark}\n`,
    );
    await chmod(join(bench.path("ws-hostile"), ".git", "hooks", hook), 0o755);
  }
  const settings = [
    "core.fsmonitor",
    "filter.x.clean",
    "filter.x.smudge",
    "merge.x.driver",
    "diff.x.command",
  ];
  const more = ["diff.x.textconv", "core.sshCommand", "gpg.program", "core.pager", "alias.worktree"];
  const config = join(bench.path("ws-hostile"), ".git", "config");
  for (const name of [...settings, ...more]) await run("git", ["config", "-f", config, name, program]);
  await run("git", ["config", "-f", config, "commit.gpgSign", "true"]);
  await rm(mark, { force: true });
  const output = await execute(apart("ws-hostile", "write b.txt: b"));
  expect(output).toMatchObject({ files: [{ path: "b.txt" }], merge: { clean: true } });
  expect(await readFile(mark, "utf8").catch(() => "")).toBe("");
  await git("ws-hostile", "checkout", "-q", "-b", "as-a-person-would").catch(() => "");
  expect(await readFile(mark, "utf8")).toMatch(/post-checkout/);
});

describe("what is refused for good, and changes nothing", () => {
  const refusal = async (task: AgentTask) =>
    await execute(task).then(
      () => null,
      (error: unknown) => error,
    );

  test("a workspace that is no repository, or has no commit, or keeps its repository elsewhere", async () => {
    await bench.put("ws-plain", "a.txt", "a\n");
    await bench.put("ws-empty", "a.txt", "a\n");
    await git("ws-empty", "init", "-q");
    await bench.put("ws-elsewhere", ".git", `gitdir: ${bench.path("ws-empty", ".git")}\n`);
    for (const workspaceId of ["ws-plain", "ws-empty", "ws-elsewhere"]) {
      const failure = await refusal(apart(workspaceId, "write b.txt: b"));
      expect(failure).toMatchObject({ name: "PermanentFailure", code: "not_a_repository" });
      expect(await treesOf(workspaceId)).toEqual([]);
      await expect(access(bench.path(workspaceId, "b.txt"))).rejects.toThrow();
    }
  });
});
