import { access, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type StubRegistry, startRegistry } from "./npm-registry.fixture.ts";
import { PackageStore } from "./package-store.ts";

let folder: string;
let registry: StubRegistry;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drover-packages-"));
  registry = await startRegistry("@acme/audit", "1.2.3", {
    "package.json": JSON.stringify({
      name: "@acme/audit",
      version: "1.2.3",
      type: "module",
      exports: { ".": { types: "./x.d.ts", import: "./dist/plugin.js" } },
      scripts: { preinstall: `touch ${join(folder, "ran")}`, postinstall: `touch ${join(folder, "ran")}` },
    }),
    "dist/plugin.js": "export const Audit = async () => ({});\n",
  });
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const store = (url: string | null = registry.url) =>
  new PackageStore({ folder: join(folder, "packages"), registry: url });
const wanted = (integrity = registry.integrity) => ({
  folder: "audit",
  pinned: "@acme/audit@1.2.3",
  integrity,
});
const running = new AbortController().signal;

test("a package is fetched once, and none of its scripts run", async () => {
  const { path, entry } = await store().provide(wanted(), running);
  expect(entry).toBe("dist/plugin.js");
  expect(await readFile(join(path, entry), "utf8")).toContain("Audit");
  await store().provide(wanted(), running);
  expect(registry.fetched).toBe(1);
  await expect(access(join(folder, "ran"))).rejects.toThrow("ENOENT");
  expect(await readdir(join(folder, "packages"))).toHaveLength(1);
});

test("other bytes than the pinned ones are refused for good, and nothing of them stays", async () => {
  registry.tamper();
  await expect(store().provide(wanted(), running)).rejects.toMatchObject({
    name: "PermanentFailure",
    code: "plugin_unavailable",
    message: expect.stringContaining("not the one that was pinned"),
  });
  expect(await readdir(join(folder, "packages"))).toEqual([]);
});

test("a registry that is down is tried again later", async () => {
  registry.down = true;
  await expect(store().provide(wanted(), running)).rejects.toMatchObject({
    name: "RetryableFailure",
    code: "plugin_unavailable",
  });
  registry.down = false;
  await expect(store().provide(wanted(), running)).resolves.toHaveProperty("entry", "dist/plugin.js");
}, 60_000);

test("a worker without a registry says so", async () => {
  await expect(store(null).provide(wanted(), running)).rejects.toThrow("DROVER_PLUGIN_REGISTRY");
});
