import { type TemplateDefinition, templateYaml } from "@drover/contracts";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { updatedYaml } from "./updated-yaml.ts";

const file = `# Owned by the platform team.
name: release
description: "Ships it." # read by people

inputs:
  properties:
    version: {type: string} # semver
steps:
  # First the code.
  - id: build
    agent: diagnostics
    task: echo
    parameters:
      value: |
        line one
        line two
  # Then the world.
  - id: ship
    agent: diagnostics
    task: echo # for now
    depends_on: [build]
    parameters: {value: shipped}
# The end.
`;
const definition = (): TemplateDefinition => parse(file);

test("a template that has not changed leaves its file as it is, to the byte", () => {
  expect(updatedYaml(file, definition())).toBe(file);
});

test("a change keeps every comment, every other line and the order of the file", () => {
  const changed = definition();
  const [build, ship] = changed.steps;
  if (build === undefined || ship === undefined) throw new Error("two steps");
  build.parameters = { value: "other\ntext\n" };
  const after = updatedYaml(file, { ...changed, description: "Ships all of it." });
  expect(parse(after)).toEqual({ ...changed, description: "Ships all of it." });
  for (const comment of [
    "Owned by",
    "read by people",
    "semver",
    "First the code",
    "Then the world",
    "for now",
    "The end",
  ])
    expect(after).toContain(`# ${comment}`);
  const lines = new Set(file.split("\n"));
  expect(after.split("\n").filter((line) => !lines.has(line))).toEqual([
    'description: "Ships all of it." # read by people',
    "        other",
    "        text",
  ]);
});

test("steps that come, go and move keep what was written at them", () => {
  const changed = definition();
  const [build, ship] = changed.steps;
  if (build === undefined || ship === undefined) throw new Error("two steps");
  const test = { id: "test", agent: "diagnostics", task: "echo", parameters: { value: 1 } };
  const moved = {
    ...changed,
    steps: [{ ...ship, depends_on: ["test"] }, test],
    on_failure: "fail_fast" as const,
  };
  const after = updatedYaml(file, moved);
  expect(parse(after)).toEqual(moved);
  expect(after).toContain("# Then the world");
  expect(after).toContain("task: echo # for now");
  expect(after.indexOf("on_failure")).toBeGreaterThan(after.indexOf("inputs:"));
  expect(after.indexOf("on_failure")).toBeLessThan(after.indexOf("steps:"));
});

test("anchors never make it another template", () => {
  const shared = `name: a
steps:
  - &echo { id: one, agent: diagnostics, task: echo, parameters: { value: 1 } }
  - <<: *echo
    id: two
`;
  const plain: TemplateDefinition = parse(`name: a
steps:
  - { id: one, agent: diagnostics, task: echo, parameters: { value: 2 } }
  - { id: two, agent: diagnostics, task: echo, parameters: { value: 1 } }
`);
  expect(parse(updatedYaml(shared, plain))).toEqual(plain);
});

test("what is no YAML is refused", () => {
  expect(() => updatedYaml("name: [", definition())).toThrow();
});

test("the text of a template is the same whatever order its fields came in", () => {
  const { name, steps, ...rest } = definition();
  expect(templateYaml({ steps, ...rest, name })).toBe(templateYaml(definition()));
  expect(templateYaml(definition()).startsWith("name: release\ndescription: Ships it.\n")).toBe(true);
});
