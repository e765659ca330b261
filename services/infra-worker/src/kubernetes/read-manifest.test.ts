import { anAgentTask } from "@drover/agent-kit/conformance";
import type { Artifact } from "@drover/contracts";
import { expect, test } from "vitest";
import { manifestSources } from "./manifest-source.ts";
import { readManifest } from "./read-manifest.ts";

const read = (text: string) => readManifest([{ name: "", text }]);
const configMap = (name: string, rest = "") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${rest}`;

function stepTask(artifacts: Partial<Artifact>[]) {
  const full = artifacts.map((artifact) => ({
    name: "x.yaml",
    media_type: "application/yaml",
    size_bytes: 1,
    ...artifact,
  }));
  return anAgentTask({
    type: "kubernetes",
    payload: {},
    step: {
      workflowId: "wf",
      workflowName: "w",
      workflowDescription: null,
      stepId: "deploy",
      stepName: "deploy",
      inputs: {},
      dependsOn: ["backend"],
      dependencies: async function* () {
        const made = { agent: "opencode", action: "edit", status: "completed", output: null } as const;
        yield { stepId: "backend", ...made, artifacts: full };
      },
    },
  });
}

test("documents and the items of lists become objects in their order; empty documents are passed over", () => {
  const text = `---\n${configMap("a")}\n---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: b}}\n`;
  expect(read(text).map(({ object, where }) => [object.metadata.name, where])).toEqual([
    ["a", "document 1"],
    ["b", "document 3, items[0]"],
  ]);
});

test("every fault is named with its document and its path", () => {
  const text = `apiVersion: v1\nmetadata: {name: a/b}\n---\nkind: deployment\napiVersion: apps/v1\n---\n- 1\n---\na: [\n`;
  expect(() => read(text)).toThrow(
    expect.objectContaining({
      name: "PermanentFailure",
      code: "manifest_invalid",
      message: expect.stringMatching(
        /document 1: kind must be like Deployment; document 1: metadata\.name must be a name; document 2: kind must be like Deployment; document 2: metadata must be an object with a name; document 3: the document must be an object; document 4: Flow sequence/s,
      ),
    }),
  );
});

test("octal modes are octal, as Kubernetes reads them, and merge keys merge", () => {
  const [entry] = read(
    configMap("a", "base: &b {x: 1}\nmode: 0644\nmerged: {<<: *b, y: 2}\nanswer: yes\nday: 2026-01-02\n"),
  );
  expect(entry?.object).toMatchObject({
    mode: 420,
    merged: { x: 1, y: 2 },
    answer: "yes",
    day: "2026-01-02",
  });
});

test("aliases cannot blow a small text up, nor go round in a circle", () => {
  const bomb = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"];
  for (let n = 1; n < 9; n++)
    bomb.push(
      `a${n}: &a${n} [${Array(10)
        .fill(`*a${n - 1}`)
        .join(",")}]`,
    );
  expect(() => read(configMap("a", bomb.join("\n")))).toThrow(/document 1: .*alias/i);
  expect(() => read(configMap("a", "loop: &l [*l]\n"))).toThrow(
    expect.objectContaining({ code: "manifest_invalid" }),
  );
});

test("a manifest without an object is missing", () => {
  expect(() => read("# only a comment\n")).toThrow(expect.objectContaining({ code: "manifest_missing" }));
});

test("without a manifest the YAML of the steps before is taken, and only that which holds objects", async () => {
  const task = stepTask([
    { name: "k8s/app.yml", media_type: "text/plain", content: configMap("a") },
    { name: "again.yaml", content: configMap("a") },
    { name: "unnamed", media_type: "application/yaml; charset=utf-8", content: configMap("b") },
    { name: "openapi.yaml", content: "openapi: 3.1.0\n" },
    { name: "readme.md", media_type: "text/markdown", content: configMap("c") },
    { name: "large.yaml", url: "http://elsewhere" },
  ]);
  const sources = await manifestSources(undefined, task);
  expect(sources.map(({ name }) => name)).toEqual(["again.yaml of step backend", "unnamed of step backend"]);
  expect(readManifest(sources).map(({ where }) => where)).toEqual([
    "again.yaml of step backend, document 1",
    "unnamed of step backend, document 1",
  ]);
});

test("without any manifest the failure says what there was", async () => {
  await expect(
    manifestSources(undefined, stepTask([{ name: "main.go", media_type: "text/plain", content: "x" }])),
  ).rejects.toThrow(
    expect.objectContaining({ code: "manifest_missing", message: expect.stringContaining("only main.go") }),
  );
  await expect(manifestSources(undefined, anAgentTask({ type: "kubernetes", payload: {} }))).rejects.toThrow(
    /has no manifest/,
  );
});
