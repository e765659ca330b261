/** Every service has the same rooms: who knows one knows the others. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repositoryRoot } from "./repository-root.ts";
import { readText, workspaceFolders } from "./source-files.ts";

const services = workspaceFolders.filter((folder) => folder.startsWith("services/"));
const mainLinesMax = 60;

describe.each(services)("%s", (service) => {
  test.each(["src/main.ts", "src/config.ts", "README.md", "Dockerfile"])("has %s", (file) => {
    expect(existsSync(join(repositoryRoot, service, file))).toBe(true);
  });

  test(`has a main.ts of at most ${mainLinesMax} lines`, () => {
    expect(readText(join(service, "src/main.ts")).split("\n").length - 1).toBeLessThanOrEqual(mainLinesMax);
  });
});
