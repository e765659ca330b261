import { control, type Payload } from "@drover/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExpressionFault } from "./expression-fault.ts";
import { compileParameters } from "./parameter-template.ts";
import { exampleScope } from "./scope.fixture.ts";
import { compileStepParameters } from "./step-parameters.ts";

const resolved = (parameters: Payload) => compileParameters(parameters).resolve(exampleScope);

describe("a string that is one expression becomes its value; within a longer one it becomes text", () => {
  test.each<[string, unknown]>([
    ["${{ inputs.count }}", 5],
    ["${{inputs.flags}}", ["a", "b", "c"]],
    ["${{ steps.build.output }}", { image: "app:1", files: 3, logs: "ok" }],
    ["${{ inputs.nothing }}", null],
    ["${{ inputs.?missing }}", null],
    ["image: ${{ steps.build.output.image }}", "image: app:1"],
    ["${{ inputs.count }} of ${{ inputs.count + 1 }}", "5 of 6"],
    ["${{ inputs.tag }}${{ inputs.tag }}", "v1.2v1.2"],
    ["all: ${{ inputs.flags }} ${{ inputs.nothing }}", 'all: ["a","b","c"] null'],
    [" ${{ inputs.count }}", " 5"],
    ["no expression, $5 and {{ braces }}", "no expression, $5 and {{ braces }}"],
    ["$${{ inputs.count }}", "${{ inputs.count }}"],
    ["$${{ a }} ${{ inputs.count }} $", "${{ a }} 5 $"],
    ['${{ "}}" }}', "}}"],
    ["${{ '}}' + \"'\" }}", "}}'"],
    ['${{ "a\\"}}" }}', 'a"}}'],
    ['${{ """a"}}b""" }}', 'a"}}b'],
    ['${{ {"a": {"b": 1}} }}', { a: { b: 1 } }],
    ['${{ {"a": {"b": 1}}}}', { a: { b: 1 } }],
    ["", ""],
  ])("%s", (text, value) => {
    expect(resolved({ text })).toEqual({ text: value });
  });
});

test("expressions stand at any depth; what has none stays the very same object", () => {
  const plain = { list: [1, { deep: ["x"] }], flag: true };
  const parameters = {
    plain,
    context: { files: ["a.ts", "${{ item.name }}.ts"], [`\${{ inputs.tag }}`]: 1 },
    replicas: "${{ item.replicas }}",
  };
  const template = compileParameters(parameters);
  const value = template.resolve(exampleScope);
  expect(value).toEqual({
    plain,
    context: { files: ["a.ts", "web.ts"], [`\${{ inputs.tag }}`]: 1 },
    replicas: 2,
  });
  expect(value["plain"]).toBe(plain);
  expect(template.expressions.map(({ path }) => path)).toEqual(["context.files[1]", "replicas"]);
});

test("a template names the steps that it needs, each once", () => {
  const template = compileParameters({
    a: "${{ steps.build.output.image }} ${{ steps.deploy.status }}",
    b: { c: '${{ steps["run-tests"].error }}', d: "${{ steps.build.status }}" },
  });
  expect(template.steps).toEqual(["build", "deploy", "run-tests"]);
});

test("a fault names the path of its parameter", () => {
  expect(() => compileParameters({ a: { b: ["${{ 1 + }}"] } })).toThrow(/^a\.b\[0\]: .*at character/);
  expect(() => compileParameters({ a: "${{ inputs.tag" })).toThrow(/^a: \$\{\{ has no \}\}/);
  expect(() => compileParameters({ a: "${{ }}" })).toThrow(/^a: there is nothing/);
  expect(() => resolved({ a: { b: ["x", "${{ inputs.missing }}"] } })).toThrow(/^a\.b\[1\]: No such key/);
});

test("parameters that come to more than 4 MiB are refused", () => {
  const scope = { ...exampleScope, inputs: { text: "x".repeat(900_000) } };
  const list = (length: number) => ({ list: Array.from({ length }, () => "${{ inputs.text }}") });
  expect(compileParameters(list(4)).resolve(scope)["list"]).toHaveLength(4);
  expect(() => compileParameters(list(5)).resolve(scope)).toThrow(/list\[4\]: .*4 MiB/);
});

test("a key that JavaScript knows stays a key", () => {
  const parameters: Payload = JSON.parse(
    '{"__proto__": {"x": "${{ inputs.tag }}"}, "constructor": "${{ 1 }}"}',
  );
  const value = resolved(parameters);
  expect(JSON.stringify(value)).toBe('{"__proto__":{"x":"v1.2"},"constructor":1}');
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
});

test("the definition of a child workflow keeps its own expressions", () => {
  const workflow = {
    name: "child",
    steps: [{ id: "a", agent: "diagnostics", task: "echo", parameters: { value: "${{ inputs.x }}" } }],
  };
  const work = {
    agent: control.name,
    task: "workflow",
    parameters: { workflow, inputs: { x: "${{ inputs.tag }}" } },
  };
  expect(compileStepParameters(work).resolve(exampleScope)).toEqual({ workflow, inputs: { x: "v1.2" } });
  const planned = { ...work, parameters: { workflow: "${{ steps.build.output }}" } };
  expect(compileStepParameters(planned).resolve(exampleScope)["workflow"]).toMatchObject({ image: "app:1" });
  expect(() =>
    compileStepParameters({ ...work, agent: "diagnostics", parameters: { workflow } }).resolve(exampleScope),
  ).toThrow(ExpressionFault);
});

test("any JSON without an opening comes back as it was", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (parameters) => {
      fc.pre(!JSON.stringify(parameters).includes("${{"));
      expect(JSON.stringify(resolved(parameters))).toBe(JSON.stringify(parameters));
    }),
  );
});

test("any text comes through when its openings are escaped", () => {
  const pieces = fc.constantFrom("$", "{", "}", "${{", "}}", "$${{", '"', "'", "x", " ");
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join("");
      const escaped = text.replaceAll("${{", () => "$${{");
      expect(resolved({ text: escaped })).toEqual({ text });
    }),
  );
});

test("an expression between any two texts becomes its value there", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.jsonValue({ maxDepth: 2 }), (before, after, value) => {
      fc.pre(!`${before}${after}`.includes("$"));
      const scope = { ...exampleScope, inputs: { value } };
      const text = compileParameters({ text: `${before}\${{ inputs.value }}${after}` }).resolve(scope)[
        "text"
      ];
      const shown = typeof value === "string" ? value : JSON.stringify(value);
      expect(text).toEqual(before === "" && after === "" ? value : `${before}${shown}${after}`);
    }),
  );
});
