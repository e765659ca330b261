import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findRedis } from "./find-redis.ts";

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

/** A folder with programs that print `output` whatever they are asked. */
async function folderWith(programs: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "drover-path-"));
  folders.push(folder);
  for (const [name, output] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\necho '${output}'\n`);
    await chmod(join(folder, name), 0o755);
  }
  return folder;
}

const find = (environment: Record<string, string>, said: string[] = []) =>
  findRedis({ environment, say: (line) => said.push(line), mayInstall: false });

test("REDIS_URL comes first", async () => {
  const folder = await folderWith({ "redis-server": "Redis server v=8.0.0" });
  expect(await find({ REDIS_URL: "redis://elsewhere:6379", PATH: folder })).toEqual({
    kind: "address",
    url: "redis://elsewhere:6379",
  });
});

test("a redis-server on PATH comes before a valkey-server", async () => {
  const folder = await folderWith({
    "redis-server": "Redis server v=8.0.0 sha=0",
    "valkey-server": "Valkey server v=8.1.0",
  });
  expect(await find({ PATH: folder })).toEqual({ kind: "binary", path: join(folder, "redis-server") });
});

test("one that is too old is passed over, and that is said", async () => {
  const folder = await folderWith({ "redis-server": "Redis server v=5.0.7" });
  const newer = await folderWith({ "redis-server": "Redis server v=7.2.0" });
  const said: string[] = [];
  const found = await find({ PATH: `${folder}:${newer}` }, said);
  expect(found).toEqual({ kind: "binary", path: join(newer, "redis-server") });
  expect(said.join()).toMatch(/version 5\.0/);
});
