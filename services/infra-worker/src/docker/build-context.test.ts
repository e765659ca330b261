import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import tar from "tar-fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type BuildContextOptions, packBuildContext } from "./build-context.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drover-context-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(path: string, text = "x"): Promise<void> {
  await mkdir(join(folder, path, ".."), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** The paths that arrive at the other end. */
async function packed(options: Partial<BuildContextOptions> = {}): Promise<string[]> {
  const signal = new AbortController().signal;
  const stream = await packBuildContext(folder, {
    dockerfile: "Dockerfile",
    sizeMbMax: 16,
    signal,
    ...options,
  });
  const names: string[] = [];
  const target = await mkdtemp(join(tmpdir(), "drover-unpacked-"));
  const note = (name: string) => {
    names.push(name.slice(target.length + 1));
    return false;
  };
  await pipeline(stream, tar.extract(target, { ignore: note }));
  await rm(target, { recursive: true });
  return names.filter((name) => name !== "").sort();
}

test("all is sent but .git and what .dockerignore names", async () => {
  for (const path of [
    "Dockerfile",
    "src/a.ts",
    "src/b.secret",
    ".git/config",
    "sub/.git/config",
    "node_modules/x/y.js",
  ])
    await write(path);
  await write(".dockerignore", "node_modules\n**/*.secret\nDockerfile\n");
  await mkdir(join(folder, "empty"));
  expect(await packed()).toEqual([".dockerignore", "Dockerfile", "empty", "src", "src/a.ts", "sub"]);
});

test("an exception takes a file of an ignored folder in again", async () => {
  for (const path of ["Dockerfile", "data/a", "data/keep/b"]) await write(path);
  await write(".dockerignore", "data\n!data/keep\n");
  expect(await packed()).toEqual([".dockerignore", "Dockerfile", "data", "data/keep", "data/keep/b"]);
});

test("the Dockerfile is sent from an ignored folder", async () => {
  await write("deploy/app.Dockerfile");
  await write("deploy/other");
  await write(".dockerignore", "deploy\n");
  expect(await packed({ dockerfile: "deploy/app.Dockerfile" })).toEqual([
    ".dockerignore",
    "deploy",
    "deploy/app.Dockerfile",
  ]);
});

test("a link is sent as a link and not followed", async () => {
  await write("real/file");
  await symlink("real", join(folder, "link"));
  expect(await packed()).toEqual(["link", "real", "real/file"]);
});

test("a folder that is too large is refused before it is sent", async () => {
  await write("big", "x".repeat(2 * 1024 * 1024));
  await expect(packed({ sizeMbMax: 1 })).rejects.toMatchObject({ code: "docker_failed" });
});
