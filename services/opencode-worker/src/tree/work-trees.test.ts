import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { newId } from "@drover/contracts";
import { createLogger } from "@drover/observability";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isRoot } from "../instance/workspace-owner.ts";
import { WorkTrees, type WorkTreesOptions } from "./work-trees.ts";

const run = promisify(execFile);
const signal = AbortSignal.timeout(600_000);

let folder: string;
let directory: string;
const opened: WorkTrees[] = [];
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "drover-trees-")));
  directory = join(folder, "ws");
  await mkdir(directory);
});
afterEach(async () => {
  for (const trees of opened.splice(0)) await trees[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const git = async (...args: string[]) => {
  const identity = ["-c", "user.name=T", "-c", "user.email=t@example.com"];
  return (await run("git", ["-C", directory, ...identity, ...args])).stdout.trim();
};

async function repository(): Promise<string> {
  await writeFile(join(directory, "a.txt"), "one\n");
  await git("init", "-q", "-b", "main");
  await git("add", ".");
  await git("commit", "-qm", "first");
  return await git("rev-parse", "HEAD");
}

/** A worker's trees; another name is another worker. */
function theTrees(more: Partial<WorkTreesOptions> = {}, worker = "w"): WorkTrees {
  const workerFolder = join(folder, "state", worker);
  const trees = new WorkTrees({
    workerFolder,
    stateFolder: (organizationId, workspaceId) => join(workerFolder, organizationId, workspaceId),
    searchPath: process.env["PATH"] ?? "",
    most: 10,
    keptMs: 0,
    ended: async () => true,
    logger: createLogger({ service: "test", level: "silent" }),
    ...more,
  });
  opened.push(trees);
  return trees;
}

const request = (taskId = newId("task")) => ({
  taskId,
  organizationId: "default",
  workspaceId: "ws-1",
  directory,
});

const left = async (worker = "w") => {
  const state = join(folder, "state", worker, "default", "ws-1");
  const found = await Promise.all(["trees", "tree-records"].map((name) => readdir(join(state, name))));
  return found.flat();
};
const branches = async () =>
  (await git("branch", "--list", "drover/*", "--format=%(refname:short)")).split("\n");

test("ten trees are made at once, by two workers, and git knows them all", async () => {
  await repository();
  const workers = [theTrees({ most: 5 }, "one"), theTrees({ most: 5 }, "two")];
  const uses = await Promise.all(
    Array.from({ length: 10 }, (_, n) => workers[n % 2]?.open(request(), signal)),
  );
  expect((await git("worktree", "list")).split("\n")).toHaveLength(11);
  for (const use of uses) await use?.giveBack(true);
  expect((await git("worktree", "list")).split("\n")).toHaveLength(1);
  expect([...(await left("one")), ...(await left("two"))]).toEqual([]);
  expect(await branches()).toEqual([""]);
});

test("as many trees of a workspace as may be are in use; the next is told to wait", async () => {
  await repository();
  const trees = theTrees({ most: 2 });
  const [one] = await Promise.all([trees.open(request(), signal), trees.open(request(), signal)]);
  const refused = { name: "CapacityFailure", code: "no_free_slot" };
  await expect(trees.open(request(), signal)).rejects.toMatchObject(refused);
  await one.giveBack(true);
  await (await trees.open(request(), signal)).giveBack(true);
});

test("a tree begins at the commit and not at what is uncommitted, whatever its attributes say, and git finds it clean", async () => {
  await writeFile(join(directory, ".gitattributes"), "* text eol=crlf\n");
  await repository();
  await writeFile(join(directory, "a.txt"), "changed\n");
  await writeFile(join(directory, "new.txt"), "new\n");
  const { tree, giveBack } = await theTrees().open(request(), signal);
  expect((await readdir(tree.directory)).sort()).toEqual([".git", ".gitattributes", "a.txt"]);
  const status = await run("git", ["-C", tree.directory, "status", "--porcelain", "--branch"]);
  expect(status.stdout.trim()).toBe(`## ${tree.branch}`);
  await giveBack(true);
});

test.runIf(isRoot())(
  "a worker that is root leaves nothing of its own in a workspace of somebody else, who can work in the tree",
  async () => {
    const base = await repository();
    await mkdir(join(directory, "sub"));
    await writeFile(join(directory, "sub", "b.txt"), "b\n");
    await git("add", ".");
    await git("commit", "-qm", "second");
    await mkdir(join(folder, "state"));
    await chmod(folder, 0o755);
    const nobody = { uid: 65_534, gid: 65_534 };
    await run("chown", ["-R", `${nobody.uid}:${nobody.gid}`, directory]);
    const asked = request();
    const { tree, giveBack } = await theTrees().open(asked, signal);
    await run("git", ["-C", tree.directory, "status"], nobody);
    await run("sh", ["-c", "echo two > sub/b.txt; echo c > c.txt"], { ...nobody, cwd: tree.directory });
    const { tree: came } = await tree.changesSince(await tree.begin(asked.taskId, signal), signal);
    expect(came).toMatchObject({ branch: tree.branch, merge: { clean: true } });
    await giveBack(true);
    const strangers = await run("find", [directory, "-not", "-uid", String(nobody.uid)]);
    expect(strangers.stdout).toBe("");
    expect(await run("git", ["-C", directory, "log", "-1", tree.branch], nobody)).toBeDefined();
    expect(base).not.toBe(came?.base);
  },
);

test("another worker goes on from the branch where the first one's tree is gone", async () => {
  const base = await repository();
  const asked = request();
  const first = await theTrees({}, "one").open(asked, signal);
  await writeFile(join(first.tree.directory, "b.txt"), "b\n");
  await run("git", ["-C", first.tree.directory, "add", "."]);
  await run("git", [
    "-C",
    first.tree.directory,
    "-c",
    "user.name=T",
    "-c",
    "user.email=t@t",
    "commit",
    "-qm",
    "own",
  ]);
  await git("commit", "-q", "--allow-empty", "-m", "meanwhile");
  const second = await theTrees({}, "two").open(asked, signal);
  expect(await second.tree.begin(asked.taskId, signal)).toBe(base);
  await writeFile(join(second.tree.directory, "c.txt"), "c\n");
  const { files, tree } = await second.tree.changesSince(base, signal);
  expect(files.map(({ path }) => path)).toEqual(["b.txt", "c.txt"]);
  expect(tree).toMatchObject({ branch: `drover/${asked.taskId}`, base, merge: { clean: true } });
});

test("what was left of a tree that had begun to go is never worked in: the next attempt finds a whole one", async () => {
  await repository();
  const trees = theTrees();
  const asked = request();
  const first = await trees.open(asked, signal);
  await first.giveBack(false);
  await rm(join(first.tree.directory, ".git"));
  await rm(join(first.tree.directory, "a.txt"));
  const second = await trees.open(asked, signal);
  const base = await second.tree.begin(asked.taskId, signal);
  expect(await second.tree.changesSince(base, signal)).toMatchObject({ files: [] });
});

test("a branch moved by hand meanwhile, and one that the agent deleted, hold the work in the end", async () => {
  const base = await repository();
  const asked = request();
  const { tree } = await theTrees().open(asked, signal);
  await writeFile(join(tree.directory, "b.txt"), "b\n");
  await git("update-ref", "-d", `refs/heads/${tree.branch}`);
  await git("-C", tree.directory, "checkout", "-q", "--orphan", "elsewhere");
  const changes = await tree.changesSince(base, signal);
  expect(changes.files).toMatchObject([{ path: "b.txt", status: "added" }]);
  expect(await git("show", `${tree.branch}:b.txt`)).toBe("b");
});

test("histories that have nothing in common do not merge, and paths in conflict are named", async () => {
  const base = await repository();
  const asked = request();
  const { tree } = await theTrees().open(asked, signal);
  await writeFile(join(tree.directory, "a.txt"), "theirs\n");
  await writeFile(join(directory, "a.txt"), "ours\n");
  await git("commit", "-qam", "ours");
  const one = await tree.changesSince(base, signal);
  expect(one.tree?.merge).toEqual({ clean: false, conflicts: ["a.txt"] });
  await git("checkout", "-q", "--orphan", "unrelated");
  await git("commit", "-qam", "unrelated");
  const two = await tree.changesSince(base, signal);
  expect(two.tree?.merge).toEqual({ clean: false, conflicts: [] });
});

test("a sweep removes the trees of tasks that have ended, some time after their last use, and their empty branches", async () => {
  await repository();
  const ended = new Set<string>();
  const trees = theTrees({ keptMs: 3_600_000, ended: async (taskId) => ended.has(taskId) });
  const [failed, withWork, retried, used, recent] = Array.from({ length: 5 }, () => request());
  if (!failed || !withWork || !retried || !used || !recent) throw new Error("five were made");
  for (const asked of [failed, withWork, retried, used, recent]) {
    const use = await trees.open(asked, signal);
    const locked = join(use.tree.directory, "locked");
    await mkdir(locked);
    await writeFile(join(locked, "file"), "");
    await chmod(locked, 0o500);
    if (asked === withWork) await use.tree.changesSince(await use.tree.begin(asked.taskId, signal), signal);
    if (asked !== used) await use.giveBack(false);
    const old = new Date(Date.now() - 7_200_000);
    const record = join(folder, "state/w/default/ws-1/tree-records", `${asked.taskId}.json`);
    if (asked !== recent) await utimes(record, old, old);
    if (asked !== retried) ended.add(asked.taskId);
  }
  expect(await trees.sweep()).toBe(2);
  const kept = [retried, used, recent].map(({ taskId }) => taskId);
  expect((await left()).filter((name) => !name.includes(".")).sort()).toEqual([...kept].sort());
  expect((await branches()).sort()).toEqual(
    [...kept, withWork.taskId].map((taskId) => `drover/${taskId}`).sort(),
  );
  expect((await git("worktree", "list")).split("\n")).toHaveLength(4);
});

test("a worker that starts removes what an earlier one left, also where the workspace is gone", async () => {
  await repository();
  await (await theTrees().open(request(), signal)).giveBack(false);
  await rm(directory, { recursive: true });
  expect(await left()).not.toEqual([]);
  const again = theTrees();
  await again.sweep();
  expect(await left()).toEqual([]);
});

test.each([
  ["no repository", async () => undefined],
  ["no commit", async () => void (await git("init", "-q"))],
  ["a folder .git that is none", async () => void (await mkdir(join(directory, ".git")))],
  ["a repository elsewhere", async () => await writeFile(join(directory, ".git"), "gitdir: /elsewhere\n")],
])("a workspace with %s is refused, and nothing is made", async (_title, prepare) => {
  await prepare();
  const opening = theTrees().open(request(), signal);
  await expect(opening).rejects.toMatchObject({ name: "PermanentFailure", code: "not_a_repository" });
  expect(await left().catch(() => [])).toEqual([]);
});

test("a git that can't merge in memory, or none at all, is named", async () => {
  await repository();
  await mkdir(join(folder, "bin"));
  const old = join(folder, "bin", "git");
  await writeFile(old, "#!/bin/sh\necho git version 2.30.2\n");
  await chmod(old, 0o755);
  for (const searchPath of [join(folder, "bin"), join(folder, "nothing")]) {
    const opening = theTrees({ searchPath }).open(request(), signal);
    await expect(opening).rejects.toMatchObject({ code: "isolation_not_supported" });
  }
});
