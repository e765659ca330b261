import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileExpression } from "./expression.ts";
import { ExpressionFault } from "./expression-fault.ts";
import { exampleScope } from "./scope.fixture.ts";

const evaluated = (source: string) => compileExpression(source).evaluate(exampleScope);

/** The fault of compiling or evaluating: nothing else may be thrown. */
function faultOf(source: string, scope = exampleScope): string {
  try {
    compileExpression(source).evaluate(scope);
  } catch (error) {
    if (error instanceof ExpressionFault) return error.message;
    throw error;
  }
  throw new Error(`${source} has a value`);
}

describe("an expression has the value that CEL gives it, as JSON", () => {
  test.each<[string, unknown]>([
    ["inputs.tag", "v1.2"],
    ['"release " + inputs.tag', "release v1.2"],
    ["steps.build.output.image", "app:1"],
    ['steps["run-tests"].status', "failed"],
    ['steps["run-tests"].error.message', "2 tests failed"],
    ['steps["run-tests"].output', null],
    ['steps["run-tests"].status == "failed" ? "mend" : "go on"', "mend"],
    ["steps.deploy.output.map(d, d.region)", ["eu", "us"]],
    ["steps.optional.status", "skipped"],
    ["item.name", "web"],
    ["index", 1],
    ["index + 1", 2],
    ["run.name", "release"],
    ["run", { id: "wf_01", name: "release", workspace_id: "ws-1" }],
    ["1 + 2", 3],
    ["5 / 2", 2],
    ["inputs.count + 1", 6],
    ["inputs.count / 2", 2.5],
    ["10 - inputs.count", 5],
    ["inputs.count % 2", 1],
    ["inputs.count == 5", true],
    ["inputs.count > 4 && inputs.count < 6.5", true],
    ["size(inputs.flags) == 3", true],
    ["size(inputs.flags) == inputs.count", false],
    ["inputs.flags[index]", "b"],
    ["inputs.flags[inputs.numbers[0] - 1]", "c"],
    ['"b" in inputs.flags', true],
    ["inputs.numbers.filter(n, n > 1)", [3, 2]],
    ["inputs.numbers.exists(n, n == 2.0)", true],
    ["inputs.services.map(item, item.name)", ["web", "api"]],
    ["inputs.services.filter(s, s.replicas > 1).map(s, s.name)", ["web"]],
    ["cel.bind(twice, inputs.count * 2, twice + twice)", 20],
    ['inputs.flags.join(", ")', "a, b, c"],
    ['join(inputs.numbers, "-")', "3-1-2"],
    ['join([1, "two", [3]], " ")', "1 two [3]"],
    ["json(item)", '{"name":"web","replicas":2}'],
    ["json(1 + 1)", "2"],
    [`parseJson('{"a": [1, 2]}').a[1]`, 2],
    ["range(3)", [0, 1, 2]],
    ["range(3).map(n, n * 10)", [0, 10, 20]],
    ["flatten([[1], [2, 3], 4])", [1, 2, 3, 4]],
    ["has(inputs.missing)", false],
    ["has(steps.build.output.image)", true],
    ["inputs.?missing.orValue(7)", 7],
    ["inputs.?tag", "v1.2"],
    ["inputs.?missing", null],
    ["inputs.nothing == null", true],
    ['inputs.deep["with space"].on', true],
    ['[1, "a", null, {"b": 2.5}]', [1, "a", null, { b: 2.5 }]],
    ['timestamp(inputs.at) + duration("90m")', "2026-01-01T14:00:00.000Z"],
    ['duration("90s")', "90s"],
    ['b"abc"', "YWJj"],
    ["7u", 7],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ["string(9007199254740993)", "9007199254740993"],
    ['"release-7".matches("^release-[0-9]+$")', true],
    ['inputs.tag.startsWith("v") ? inputs.tag.substring(1) : inputs.tag', "1.2"],
    ['// a comment\n"yes"', "yes"],
  ])("%s", (source, value) => {
    expect(evaluated(source)).toEqual(value);
  });
});

describe("what has no value is a fault that says why and where", () => {
  test.each<[string, RegExp]>([
    ["", /there is nothing/],
    ["inputs.", /at character 8/],
    ['"open', /Unterminated string at character 1/],
    ["1 +\n  * 2", /at line 2, character 3/],
    ["unknown", /Unknown variable: unknown at character 1/],
    ["steps.run-tests.output", /steps\["my-step"\]/],
    ["${{ inputs.tag }}", /write it without/],
    ['1 + "a"', /int \+ string at character 1/],
    ["size(5)", /no matching overload/],
    ["inputs.tag.shout()", /no matching overload/],
    ["steps", /name the step/],
    ["steps.map(s, s)", /name the step.*at character 1/],
    ["steps[inputs.tag].output", /name the step/],
    ["true && size(steps) > 0", /name the step.*at character 14/],
    ["inputs.missing", /No such key: missing at character 8/],
    ["steps.later.output", /No such key: later/],
    ["inputs.flags[9]", /out of bounds/],
    ["inputs.tag + 1", /no such overload/],
    ["inputs.nothing.field", /No such key/],
    ["inputs.constructor", /No such key/],
    ['inputs["__proto__"]', /No such key/],
    ["item.toString", /No such key/],
    ["9007199254740993", /9007199254740993, which JSON does not hold exactly/],
    ["1.0 / 0.0", /Infinity/],
    ["1 / 0", /division by zero/],
    ["type(1)", /not a value of JSON/],
    ["cel", /not a value of JSON/],
    ['parseJson("{")', /not JSON/],
    ["range(10001)", /0 to 10000/],
    ["range(-1)", /0 to 10000/],
    ['timestamp(inputs.at).getHours("Nowhere")', /time zone/],
    ['"a".matches("(")', /Invalid regular expression/],
  ])("%s", (source, reason) => {
    expect(faultOf(source)).toMatch(reason);
  });

  test("an expression has bounds of length, nesting and parts", () => {
    expect(faultOf("x".repeat(4097))).toMatch(/more than 4096/);
    expect(faultOf(`${"(".repeat(200)}1${")".repeat(200)}`)).toMatch(/Exceeded maxDepth/);
    expect(faultOf(`1${" + 1".repeat(1020)}`)).toMatch(/Exceeded maxAstNodes/);
    expect(faultOf(`${"!".repeat(4092)}true`)).toMatch(/Exceeded maxAstNodes/);
  });

  test("outside of for_each there is no item", () => {
    const { item: _item, index: _index, ...outside } = exampleScope;
    expect(faultOf("item.name", outside)).toMatch(/only in the parameters of a step with for_each/);
    expect(faultOf("index", outside)).toMatch(/only in the parameters of a step with for_each/);
  });
});

describe("an expression tells what it names", () => {
  test.each<
    [
      string,
      { steps?: string[]; inputs?: string[]; optionalInputs?: string[]; usesItem?: boolean; type?: string },
    ]
  >([
    ["inputs.a + inputs.b", { inputs: ["a", "b"] }],
    ['inputs["a"] > 1', { inputs: ["a"], type: "bool" }],
    ["has(inputs.a) || inputs.?b.orValue(true)", { inputs: [], optionalInputs: ["a", "b"], type: "bool" }],
    ["steps.a.output", { steps: ["a"], type: "dyn" }],
    ['steps["b-c"].output + steps.?d.output.orValue(1)', { steps: ["b-c", "d"] }],
    ['has(steps.a.output.x) ? steps["a"].output.x : null', { steps: ["a"] }],
    ["steps.a.output.map(x, x + steps.b.output)", { steps: ["a", "b"] }],
    ["steps.a.output.map(item, item + 1)", { steps: ["a"], usesItem: false }],
    ["[1].map(steps, steps)", { steps: [], type: "list<int>" }],
    ["[1].map(x, item)", { usesItem: true }],
    ["item.map(item, 1)", { usesItem: true }],
    ["cel.bind(item, index, item)", { usesItem: true }],
    ["cel.bind(item, 1, item)", { usesItem: false }],
    ["{steps.a.status: [inputs.b, -inputs.c, !inputs.d]}", { steps: ["a"], inputs: ["b", "c", "d"] }],
  ])("%s", (source, named) => {
    expect(compileExpression(source)).toMatchObject({ source, ...named });
  });
});

describe("an expression that would take for ever is ended soon", () => {
  const big = {
    ...exampleScope,
    inputs: { list: Array.from({ length: 10_000 }, (_, n) => n), text: `${"a".repeat(40)}!` },
  };
  const doubled = `[inputs.list]${".map(a, a + a)".repeat(30)}`;
  test.each([
    ["loops in loops", "inputs.list.map(x, inputs.list.map(y, x + y)).size()"],
    ["loops that find nothing", "inputs.list.exists(x, inputs.list.exists(y, x + y < 0))"],
    ["a pattern that backtracks", 'inputs.text.matches("^(a+)+$")'],
    ["a list that doubles", `${doubled}.size()`],
  ])("%s", { timeout: 60_000 }, (_, source) => {
    const before = process.cpuUsage();
    expect(faultOf(source, big)).toMatch(/takes more than 250 ms|Invalid array length/);
    // Processor time: on a busy machine it takes longer until it has had its share.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(3_000);
  });

  test("a value above 1 MiB is refused, however small the expression", () => {
    const half = { ...exampleScope, inputs: { text: "x".repeat(700_000) } };
    expect(compileExpression("size(inputs.text)").evaluate(half)).toBe(700_000);
    expect(faultOf("inputs.text + inputs.text", half)).toMatch(/larger than 1024 KiB/);
    expect(faultOf("[inputs.text, inputs.text]", half)).toMatch(/larger than 1024 KiB/);
    expect(faultOf("json(inputs) + json(inputs)", half)).toMatch(/larger than 1024 KiB/);
  });

  test("a value that holds itself many times over is refused before it is built", () => {
    const source = `[[1]]${".map(a, [a, a, a, a, a, a, a, a])".repeat(40)}`;
    expect(faultOf(source)).toMatch(/larger than|nested deeper/);
  });
});

test("an expression that was ended has its value the next time", { timeout: 60_000 }, () => {
  const expression = compileExpression("inputs.list.map(x, inputs.list.map(y, x + y)).size()");
  const scope = (length: number) => ({
    ...exampleScope,
    inputs: { list: Array.from({ length }, (_, n) => n) },
  });
  expect(() => expression.evaluate(scope(10_000))).toThrow(ExpressionFault);
  expect(expression.evaluate(scope(10))).toBe(10);
});

test("no text at all makes anything but a value of JSON or an ExpressionFault", () => {
  const words = [
    "inputs",
    "steps",
    "item",
    ".tag",
    ".build",
    "[",
    "]",
    "(",
    ")",
    '"a"',
    "+",
    "==",
    "?",
    ":",
    "map",
    ",",
    "x",
    "1",
    "1.5",
    "null",
    "{",
    "}",
    "!",
    "-",
    ".?",
    "has",
    "json",
    "in",
    " ",
    "\\",
    "'",
  ];
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (source) => {
      let value: unknown;
      try {
        value = compileExpression(source).evaluate(exampleScope);
      } catch (error) {
        expect(error).toBeInstanceOf(ExpressionFault);
        return;
      }
      expect(JSON.parse(JSON.stringify(value))).toEqual(value);
    }),
    { numRuns: 2000 },
  );
});

test("whatever an input holds, an expression gives it back unchanged", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const scope = { ...exampleScope, inputs: { value } };
      expect(JSON.stringify(compileExpression("inputs.value").evaluate(scope))).toBe(JSON.stringify(value));
      expect(JSON.stringify(compileExpression("[inputs.value][0]").evaluate(scope))).toBe(
        JSON.stringify(value),
      );
    }),
  );
});
