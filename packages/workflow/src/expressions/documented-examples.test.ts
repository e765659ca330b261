import { readFileSync } from "node:fs";
import { taskError } from "@drover/contracts";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { compileExpression } from "./expression.ts";
import { compileParameters } from "./parameter-template.ts";

const document = readFileSync(new URL("../../../../docs/expressions.md", import.meta.url), "utf8");
const values = z.record(z.string(), z.unknown());
const documentedScope = z.object({
  inputs: values,
  steps: z.record(
    z.string(),
    z.object({ status: z.string(), output: z.unknown(), error: taskError.nullable() }),
  ),
  item: z.unknown(),
  index: z.number(),
  run: z.object({ id: z.string(), name: z.string(), workspace_id: z.string() }),
});
const scope = documentedScope.parse(JSON.parse(/```json\n([\s\S]+?)```/.exec(document)?.[1] ?? ""));

const section = /## Examples\n([\s\S]+?)\n## /.exec(document)?.[1] ?? "";
const rows = [...section.matchAll(/^\| `(.+?)`\s+\| `(.+?)`\s+\|$/gm)].map(
  ([, source = "", value = ""]) => [source, value] as const,
);

describe("the examples in docs/expressions.md have the values that stand beside them", () => {
  test("there are some", () => {
    expect(rows.length).toBeGreaterThan(20);
  });

  test.each(rows)("%s", (source, value) => {
    expect(compileExpression(source).evaluate(scope)).toEqual(JSON.parse(value));
  });

  test("the parameters", () => {
    const text = /```yaml\n([\s\S]+?)```/.exec(document)?.[1] ?? "";
    const { parameters } = z.object({ parameters: values }).parse(parse(text));
    expect(compileParameters(parameters).resolve(scope)).toEqual({
      replicas: 3,
      prompt: 'Deploy v1.2 to ["eu","us"]',
      note: "Write ${{ name }} into the template",
    });
  });
});
