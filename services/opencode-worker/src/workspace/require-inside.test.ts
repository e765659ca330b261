import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requireInside } from "./require-inside.ts";

let base: string;
let workspace: string;
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "drover-inside-")));
  workspace = join(base, "ws");
  await mkdir(join(workspace, "src"), { recursive: true });
  await mkdir(join(base, "ws-2"));
  await writeFile(join(base, "secret"), "x");
  await writeFile(join(workspace, "src", "a.ts"), "x");
  await symlink(join(base, "secret"), join(workspace, "link"));
  await symlink(base, join(workspace, "out"));
  await symlink(join(base, "ws-2"), join(workspace, "neighbour"));
  await symlink(join(workspace, "src"), join(workspace, "inner"));
  await symlink(join(base, "nowhere"), join(workspace, "dangling"));
  await symlink("loop", join(workspace, "loop"));
});
afterAll(() => rm(base, { recursive: true }));

test.each(["src/a.ts", "src/new.ts", "new/folder/a.ts", ".", "inner/a.ts", "src/a.ts/below"])(
  "%s lies in the workspace",
  async (path) => {
    await requireInside(workspace, [path]);
  },
);

test.each(["link", "out/secret", "out/new.ts", "neighbour/a.ts", "dangling", "dangling/a.ts", "loop"])(
  "%s leads out of it, or nobody knows where",
  async (path) => {
    await expect(requireInside(workspace, ["src/a.ts", path])).rejects.toMatchObject({
      name: "PermanentFailure",
      code: "workspace_not_allowed",
    });
  },
);
