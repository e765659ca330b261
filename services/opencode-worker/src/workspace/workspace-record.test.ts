import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WorkspaceRecord } from "./workspace-record.ts";

const run = promisify(execFile);
const { signal } = new AbortController();

let base: string;
let record: WorkspaceRecord;
beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "drover-record-")));
  await mkdir(join(base, "w"));
  await mkdir(join(base, "s"));
  record = new WorkspaceRecord(join(base, "s"), join(base, "w"), process.env["PATH"] ?? "");
});
afterEach(() => rm(base, { recursive: true, force: true }));

async function put(file: string, content: string | Buffer) {
  await mkdir(dirname(join(base, "w", file)), { recursive: true });
  await writeFile(join(base, "w", file), content);
}

/** What `change` does to the workspace, as the record sees it. */
async function changed(change: () => Promise<unknown>, taskId = "task_1") {
  const before = await record.begin(taskId, signal);
  await change();
  return record.changesSince(before, signal);
}

test("nothing changed is nothing", async () => {
  await put("a.txt", "one\n");
  expect(await changed(async () => {})).toEqual({ files: [], artifacts: [], truncated: false });
});

test("names with spaces, quotes, umlauts and line breaks are kept", async () => {
  const names = ["a b.txt", 'q"q.txt', "ü/ß.txt", "line\nbreak.txt"];
  const { files, artifacts } = await changed(async () => {
    for (const name of names) await put(name, "x\n");
  });
  expect(files.map(({ path }) => path).sort()).toEqual([...names].sort());
  expect(artifacts.map(({ name }) => name).sort()).toEqual([...names].sort());
  expect(files.find(({ path }) => path === "a b.txt")?.patch).toContain("+++ b/a b.txt");
});

test("what is ignored stays out: node_modules, .opencode, and what .gitignore names", async () => {
  await put(".gitignore", "*.log\n");
  const { files } = await changed(async () => {
    await put("node_modules/x/index.js", "x");
    await put("sub/node_modules/x.js", "x");
    await put(".opencode/x.md", "x");
    await put("debug.log", "x");
    await put("kept.txt", "x");
  });
  expect(files.map(({ path }) => path)).toEqual(["kept.txt"]);
});

test("repositories within the workspace are looked into, even one without a commit", async () => {
  for (const name of ["empty", "full"]) await run("git", ["init", "-q", join(base, "w", name)]);
  await put("full/a.txt", "one\n");
  const commit = ["-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "-qm", "x"];
  await run("git", ["-C", join(base, "w", "full"), "add", "."]);
  await run("git", ["-C", join(base, "w", "full"), ...commit]);
  const { files } = await changed(async () => {
    await put("full/a.txt", "one\ntwo\n");
    await put("empty/b.txt", "b\n");
  });
  expect(files).toMatchObject([
    { path: "empty/b.txt", status: "added" },
    { path: "full/a.txt", status: "modified", additions: 1, deletions: 0 },
  ]);
});

test("binary files, modes and links are reported but are no artifacts; a link leaks nothing", async () => {
  await put("run.sh", "#!/bin/sh\n");
  await writeFile(join(base, "secret"), "hunter2");
  const { files, artifacts } = await changed(async () => {
    await put("image.png", Buffer.from([0x89, 0, 1, 2]));
    await chmod(join(base, "w", "run.sh"), 0o755);
    await symlink(join(base, "secret"), join(base, "w", "link"));
  });
  expect(files.map(({ path, status }) => [path, status])).toEqual([
    ["image.png", "added"],
    ["link", "added"],
    ["run.sh", "modified"],
  ]);
  expect(artifacts.map(({ name }) => name)).toEqual(["run.sh"]);
  expect(JSON.stringify({ files, artifacts })).not.toContain("hunter2");
});

test("a long patch and a large file are cut, and the result says so", async () => {
  const { files, artifacts, truncated } = await changed(async () => {
    await put("large.txt", "0123456789\n".repeat(40_000));
    await put("small.txt", "x\n");
  });
  expect(truncated).toBe(true);
  expect(files[0]).toMatchObject({ path: "large.txt", additions: 40_000 });
  expect(files[0]?.patch.length).toBeLessThan(300_000);
  expect(files[0]?.patch).toContain("was cut");
  expect(artifacts.map(({ name }) => name)).toEqual(["small.txt"]);
});

test("more files than may be handed back are cut, and the result says so", async () => {
  const { files, artifacts, truncated } = await changed(async () => {
    for (let index = 0; index < 120; index += 1) await put(`f/${index}.txt`, "x\n");
  });
  expect([files.length, artifacts.length, truncated]).toEqual([120, 100, true]);
});

test("a later attempt of the same task counts from the first one, another task from now", async () => {
  await changed(() => put("a.txt", "1\n"), "task_1");
  const again = await changed(() => put("b.txt", "2\n"), "task_1");
  expect(again.files.map(({ path }) => path)).toEqual(["a.txt", "b.txt"]);
  const other = await changed(() => put("c.txt", "3\n"), "task_2");
  expect(other.files.map(({ path }) => path)).toEqual(["c.txt"]);
});

test("a task that comes back after another has all its own changes, and none of the other's", async () => {
  await changed(() => put("a.txt", "1\n"), "task_1");
  await changed(() => put("b.txt", "2\n"), "task_2");
  const again = await changed(() => put("c.txt", "3\n"), "task_1");
  expect(again.files.map(({ path }) => path)).toEqual(["a.txt", "c.txt"]);
  const third = await changed(async () => undefined, "task_2");
  expect(third.files.map(({ path }) => path)).toEqual(["b.txt"]);
});

test("hooks, filters and monitors that the workspace sets up do not run", async () => {
  await run("git", ["init", "-q", join(base, "w")]);
  await run("git", ["-C", join(base, "w"), "config", "filter.evil.clean", `touch ${join(base, "ran")}`]);
  await run("git", ["-C", join(base, "w"), "config", "core.fsmonitor", `touch ${join(base, "ran")}`]);
  await put(".gitattributes", "* filter=evil\n");
  const { files } = await changed(() => put("a.txt", "x\n"));
  expect(files.map(({ path }) => path)).toEqual(["a.txt"]);
  await expect(realpath(join(base, "ran"))).rejects.toThrow();
});

test("a broken record of an earlier worker is made anew", async () => {
  await put("a.txt", "x\n");
  await mkdir(join(base, "s", "shadow.git"), { recursive: true });
  await writeFile(join(base, "s", "shadow.git", "index"), "garbage");
  const { files } = await changed(() => put("b.txt", "x\n"));
  expect(files.map(({ path }) => path)).toEqual(["b.txt"]);
});
