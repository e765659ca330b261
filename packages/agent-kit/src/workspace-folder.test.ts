import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { workspaceFolder } from "./workspace-folder.ts";

let base: string;
let root: string;
beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "drover-folder-")));
  root = join(base, "workspaces");
});
afterEach(() => rm(base, { recursive: true, force: true }));

const resolved = (workspaceId: string, create = false, organizationId = "default") =>
  workspaceFolder({ root, create }, organizationId, workspaceId);

test("a folder that is there is found", async () => {
  await mkdir(join(root, "mine"), { recursive: true });
  expect(await resolved("mine")).toBe(join(root, "mine"));
});

test("a missing one is made only where that is wanted, and only if its name starts with ws-", async () => {
  await expect(resolved("ws-1")).rejects.toMatchObject({ code: "workspace_not_found" });
  await expect(resolved("other", true)).rejects.toMatchObject({ code: "workspace_not_found" });
  expect(await resolved("ws-1", true)).toBe(join(root, "ws-1"));
});

test("equal names of two organizations are two folders", async () => {
  expect(await resolved("ws-1", true, "acme")).toBe(join(root, "@acme", "ws-1"));
  expect(await resolved("ws-1", true)).toBe(join(root, "ws-1"));
});

test("a link is refused, whether it leads out or to another workspace", async () => {
  await mkdir(join(root, "ws-a"), { recursive: true });
  await symlink(base, join(root, "ws-out"));
  await symlink(join(root, "ws-a"), join(root, "ws-b"));
  for (const name of ["ws-out", "ws-b"])
    await expect(resolved(name, true)).rejects.toMatchObject({ code: "workspace_not_allowed" });
});

test("a file is no workspace", async () => {
  await mkdir(root, { recursive: true });
  await writeFile(join(root, "file"), "");
  await expect(resolved("file")).rejects.toMatchObject({ code: "workspace_not_found" });
});
