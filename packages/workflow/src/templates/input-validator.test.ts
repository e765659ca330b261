import { expect, test } from "vitest";
import { checkInputs, inputsSchemaFaults } from "./input-validator.ts";

const schema = {
  type: "object",
  required: ["repository"],
  properties: {
    repository: { type: "string", pattern: "^[a-z/]+$" },
    branch: { type: "string", default: "main" },
    retries: { type: "integer", minimum: 0, default: 2 },
    targets: { type: "array", items: { type: "object", required: ["name"] } },
  },
};

test("defaults are filled in, and what was given is left as it is", () => {
  const given = { repository: "a/b" };
  expect(checkInputs(schema, given)).toEqual({
    inputs: { repository: "a/b", branch: "main", retries: 2 },
    faults: [],
  });
  expect(given).toEqual({ repository: "a/b" });
});

test("every fault of the inputs is named at once, by its path", () => {
  const { faults } = checkInputs(schema, { branch: 1, retries: -1, targets: [{}], more: true });
  expect(faults.map(({ field }) => field).sort()).toEqual([
    "inputs.branch",
    "inputs.more",
    "inputs.repository",
    "inputs.retries",
    "inputs.targets[0].name",
  ]);
});

test("a template without inputs takes none", () => {
  expect(checkInputs(undefined, {}).faults).toEqual([]);
  expect(checkInputs(undefined, { x: 1 }).faults).toEqual([
    { field: "inputs.x", detail: "is not an input of this template" },
  ]);
});

test("a schema may open itself to further inputs", () => {
  expect(checkInputs({ additionalProperties: { type: "string" } }, { x: "y" }).faults).toEqual([]);
});

test.each([
  ["that is not JSON Schema", { properties: { a: { type: "text" } } }, "inputs.properties.a.type"],
  ["that is not of an object", { type: "array" }, "inputs.type"],
  [
    "that refers to elsewhere",
    { properties: { a: { $ref: "https://example.com/a.json" } } },
    "inputs.properties.a.$ref",
  ],
  ["that refers to nothing", { properties: { a: { $ref: "#/$defs/none" } } }, "inputs"],
  [
    "whose default it refuses itself",
    { properties: { a: { type: "string", default: 1 } } },
    "inputs.properties.a.default",
  ],
  ["whose pattern looks ahead", { properties: { a: { pattern: "a(?=b)" } } }, "inputs"],
  ["that is too large", { description: "x".repeat(70_000) }, "inputs"],
])("a schema %s is refused", (_, faulty, field) => {
  expect(inputsSchemaFaults(faulty).map((fault) => fault.field)).toContain(field);
});

test("a schema that only requires has no fault", () => {
  expect(inputsSchemaFaults(schema)).toEqual([]);
  expect(
    inputsSchemaFaults({ $defs: { id: { type: "string" } }, properties: { a: { $ref: "#/$defs/id" } } }),
  ).toEqual([]);
});

test("a pattern that backtracks for ever elsewhere is done at once here", () => {
  const startedMs = Date.now();
  const evil = { properties: { a: { type: "string", pattern: "^(a+)+$" } } };
  expect(checkInputs(evil, { a: `${"a".repeat(50_000)}b` }).faults).toHaveLength(1);
  expect(Date.now() - startedMs).toBeLessThan(5_000);
});

test("more schemas than are kept are each applied as they stand", () => {
  for (let n = 0; n < 450; n += 1) {
    const own = { properties: { a: { const: n % 225 } } };
    expect(checkInputs(own, { a: n % 225 }).faults).toEqual([]);
    expect(checkInputs(own, { a: -1 }).faults).toHaveLength(1);
  }
});
