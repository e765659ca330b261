/** What the Dockerfiles promise, read from the files. scripts/test-compose.sh builds and runs them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { yamlDocuments } from "./manifests.ts";
import { repositoryRoot } from "./repository-root.ts";

const images = [
  { name: "api-gateway", folder: "services/api-gateway" },
  { name: "opencode-worker", folder: "services/opencode-worker" },
  { name: "agentzero-orchestrator", folder: "services/agentzero-orchestrator" },
  { name: "infra-worker", folder: "services/infra-worker" },
  { name: "demo-model", folder: "packages/demo-model" },
];
const read = (file: string) => readFileSync(join(repositoryRoot, file), "utf8");
const dockerfile = (folder: string) => read(`${folder}/Dockerfile`);
const finalStage = (text: string) => text.slice(text.lastIndexOf("\nFROM "));

describe.each(images)("the image of $name", ({ name, folder }) => {
  const text = dockerfile(folder);

  test("runs node as a numeric user that is not root, is checked, and is stopped by SIGTERM", () => {
    const stage = finalStage(text);
    expect(stage).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(stage).toMatch(/^HEALTHCHECK .*\\\n {4}CMD \["node", "-e", ".*\/healthz/m);
    expect(stage).toMatch(/^STOPSIGNAL SIGTERM$/m);
    expect(stage).toMatch(/^ENTRYPOINT \["node", .*"dist\/main.js"\]$/m);
  });

  test("leaves package managers and compilers behind", () => {
    const stage = finalStage(text);
    expect(stage).toMatch(/^RUN .*rm -rf \/usr\/local\/lib\/node_modules/m);
    expect(stage).not.toMatch(/npm install|pnpm |turbo |tsc /);
  });

  test("is built by the same steps as every other", () => {
    const steps = (of: { name: string; folder: string }) => {
      const whole = dockerfile(of.folder);
      return whole
        .slice(whole.indexOf("FROM "), whole.lastIndexOf("\nFROM "))
        .replaceAll(`@drover/${of.name}`, "@drover/NAME")
        .replaceAll(of.folder, "FOLDER");
    };
    expect(steps({ name, folder })).toBe(steps(images[0] ?? { name, folder }));
  });
});

test("the image of instances has the OpenCode of the catalog, no Node and no root", () => {
  const { catalog } = z
    .object({ catalog: z.record(z.string(), z.string()) })
    .parse(yamlDocuments("pnpm-workspace.yaml")[0]);
  const text = read("services/opencode-worker/instance.Dockerfile");
  expect(text).toContain(`ARG OPENCODE_VERSION=${catalog["opencode-linux-x64"]}\n`);
  const stage = finalStage(text);
  expect(stage).toMatch(/^\nFROM debian:/);
  expect(stage).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
  expect(stage).toContain('LABEL drover.opencode.version="$OPENCODE_VERSION"');
});

test("the images are built with the package manager and the task runner of the repository", () => {
  const { packageManager } = z.object({ packageManager: z.string() }).parse(JSON.parse(read("package.json")));
  const { catalog } = z
    .object({ catalog: z.record(z.string(), z.string()) })
    .parse(yamlDocuments("pnpm-workspace.yaml")[0]);
  for (const { folder } of images) {
    expect(dockerfile(folder)).toContain(`ARG PNPM_VERSION=${packageManager.replace("pnpm@", "")}\n`);
    expect(dockerfile(folder)).toContain(`ARG TURBO_VERSION=${catalog["turbo"]}\n`);
  }
});
