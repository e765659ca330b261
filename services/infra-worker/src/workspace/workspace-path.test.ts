import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { taskWorkspace, workspaceSubfolder } from "./workspace-path.ts";

let root: string;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "drover-workspaces-")));
  await mkdir(join(root, "ws-1", "app"), { recursive: true });
  await mkdir(join(root, "@acme", "ws-1"), { recursive: true });
  await symlink("/etc", join(root, "ws-1", "out"));
  await symlink(join(root, "ws-1"), join(root, "ws-2"));
});
afterAll(() => rm(root, { recursive: true }));

const folderOf = (workspaceId: string | null, organizationId = "default") =>
  taskWorkspace(root, { workspaceId, organizationId });

test("workspaces of the same name belong to their own organizations", async () => {
  expect(await folderOf("ws-1")).toBe(join(root, "ws-1"));
  expect(await folderOf("ws-1", "acme")).toBe(join(root, "@acme", "ws-1"));
});

test.each([
  ["a missing workspace", () => folderOf("ws-3"), "workspace_not_found"],
  ["a workspace of another organization", () => folderOf("ws-1", "other"), "workspace_not_found"],
  [
    "no folder of workspaces",
    () => taskWorkspace(undefined, { workspaceId: "ws-1", organizationId: "default" }),
    "workspace_not_found",
  ],
  ["a workspace that is a link", () => folderOf("ws-2"), "workspace_not_allowed"],
  ["no workspace", () => folderOf(null), "invalid_payload"],
  ["a link that leads out", () => workspaceSubfolder(join(root, "ws-1"), "out"), "workspace_not_allowed"],
  ["a path upwards", () => workspaceSubfolder(join(root, "ws-1"), "../@acme"), "workspace_not_allowed"],
  ["a missing folder", () => workspaceSubfolder(join(root, "ws-1"), "none"), "workspace_not_found"],
])("%s is refused", async (_, find, code) => {
  await expect(find()).rejects.toMatchObject({ name: "PermanentFailure", code });
});

test("a folder inside is found", async () => {
  expect(await workspaceSubfolder(join(root, "ws-1"), "app")).toBe(join(root, "ws-1", "app"));
  expect(await workspaceSubfolder(join(root, "ws-1"), ".")).toBe(join(root, "ws-1"));
});
