/** The templates of `examples/templates` are valid. */
import { readdirSync, readFileSync } from "node:fs";
import { parseTemplateText, templateDefinition, templateYaml } from "@drover/contracts";
import { expect, test } from "vitest";
import { templateFaults } from "./template-faults.ts";

const folder = new URL("../../../../examples/templates/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

test("there are six", () => {
  expect(files.sort()).toEqual([
    "bug-fix-with-review.yaml",
    "dependency-upgrade.yaml",
    "feature-full-stack.yaml",
    "incident-triage.yaml",
    "migration-with-fallback.yaml",
    "release-with-approval.yaml",
  ]);
});

test.each(files)(
  "%s is a template without a fault, named as its file, and the same after its way through text",
  (file) => {
    const definition = templateDefinition.parse(
      parseTemplateText(readFileSync(new URL(file, folder), "utf8")),
    );
    expect(`${definition.name}.yaml`).toBe(file);
    expect(templateFaults(definition)).toEqual([]);
    expect(definition.description).toBeTruthy();
    expect(templateDefinition.parse(parseTemplateText(templateYaml(definition)))).toEqual(definition);
  },
);
