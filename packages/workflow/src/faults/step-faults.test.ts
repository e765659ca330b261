import type { WorkflowDefinition, WorkflowStep } from "@drover/contracts";
import { describe, expect, test } from "vitest";
import { workflowFaults } from "../workflow-faults.ts";

type Step = WorkflowDefinition["steps"][number];

const echo = (id: string, more: Partial<Step> = {}): Step => ({
  id,
  agent: "diagnostics",
  task: "echo",
  parameters: { value: id },
  ...more,
});
const faults = (steps: WorkflowStep[], more: Partial<WorkflowDefinition> = {}) =>
  workflowFaults({ name: "test", steps, ...more });
const fields = (...given: Parameters<typeof faults>) => faults(...given).map(({ field }) => field);

const child = (workflow: unknown, more = {}): Step => ({
  id: "child",
  agent: "control",
  task: "workflow",
  parameters: { workflow, ...more },
});

test("a workflow that uses everything there is has no faults", () => {
  expect(
    faults(
      [
        echo("build", { parameters: { value: "${{ inputs.tag }}" } }),
        echo("test", { depends_on: ["build"], continue_on_error: true, when: "inputs.tag != ''" }),
        echo("deploy", {
          depends_on: ["test"],
          for_each: "inputs.regions",
          parameters: { value: "${{ item }} ${{ index }} ${{ steps.build.output }}" },
          fallback: {
            agent: "diagnostics",
            task: "echo",
            parameters: { value: "${{ steps.deploy.error.message }} for ${{ item }}" },
          },
        }),
        {
          id: "ask",
          agent: "control",
          task: "approval",
          depends_on: ["deploy"],
          parameters: {
            message: "Release ${{ inputs.tag }}?",
            deadline_seconds: "${{ inputs.?wait.orValue(60) }}",
          },
        },
        { id: "rest", agent: "control", task: "wait", parameters: { duration_seconds: 5 } },
        child(
          { name: "child", steps: [echo("a", { parameters: { value: "${{ inputs.x }}" } })] },
          { inputs: { x: 1 } },
        ),
      ],
      { inputs: { tag: "v1", regions: ["eu"] } },
    ),
  ).toEqual([]);
});

test("whether a step works apart from its workspace is written out, in a fallback, too", () => {
  const work = (isolation: string) => ({
    agent: "opencode",
    task: "fix",
    parameters: { isolation, prompt: "${{ inputs.prompt }}", context: { workspace_id: "ws-1" } },
  });
  const step = { id: "fix", ...work("${{ inputs.how }}"), fallback: work("work${{ inputs.how }}") };
  const found = faults([step], { inputs: { how: "shared", prompt: "x" } });
  expect(found).toEqual([
    { field: "steps[0].parameters.isolation", detail: expect.stringMatching(/must not be an expression/) },
    { field: "steps[0].fallback.parameters.isolation", detail: expect.stringMatching(/must not be/) },
  ]);
  expect(fields([{ id: "fix", ...work("worktree") }], { inputs: { prompt: "x" } })).toEqual([]);
});

describe("a bad expression is named by its path", () => {
  test.each<[string, Partial<Step>, string, RegExp]>([
    ["a when that is no CEL", { when: "1 +" }, "steps[1].when", /at character/],
    ["a when that is never true or false", { when: '"yes"' }, "steps[1].when", /true or false.*string/],
    ["a when that stands in braces", { when: "${{ true }}" }, "steps[1].when", /write it without/],
    ["a for_each that is never a list", { for_each: "1 + 1" }, "steps[1].for_each", /list.*int/],
    [
      "a parameter",
      { parameters: { value: { a: ["${{ b }}"] } } },
      "steps[1].parameters.value.a[0]",
      /variable: b/,
    ],
    ["a parameter without an end", { parameters: { value: "${{ 1" } }, "steps[1].parameters.value", /no }}/],
    [
      "a parameter of the fallback",
      { fallback: { agent: "diagnostics", task: "echo", parameters: { value: "${{ ! }}" } } },
      "steps[1].fallback.parameters.value",
      /Unexpected/,
    ],
    [
      "a step that is chosen at run time",
      { when: "steps[inputs.a].output" },
      "steps[1].when",
      /name the step/,
    ],
  ])("%s", (_, more, field, detail) => {
    const found = faults([echo("a"), echo("b", more)]);
    expect(found).toEqual([{ field, detail: expect.stringMatching(detail) }]);
  });
});

describe("an expression may name only what is there by then", () => {
  const named = (expression: string, more: Partial<Step> = {}) =>
    faults([
      echo("first"),
      echo("second", { depends_on: ["first"] }),
      echo("third", { depends_on: ["second"], parameters: { value: `\${{ ${expression} }}` }, ...more }),
      echo("fourth", { depends_on: ["third"] }),
      echo("aside"),
    ]);

  test.each(["steps.first.output", "steps.second.output", "has(steps.first.output.x)"])(
    "%s",
    (expression) => {
      expect(named(expression)).toEqual([]);
    },
  );

  test.each([
    ["steps.fourth.output", /"fourth" need not come before/],
    ["steps.aside.output", /"aside" need not come before/],
    ["steps.third.output", /this step itself/],
    ["steps.nowhere.output", /no step "nowhere"/],
    ["item", /for_each/],
    ["index + 1", /for_each/],
  ])("not %s", (expression, detail) => {
    expect(named(expression)).toEqual([
      { field: "steps[2].parameters.value", detail: expect.stringMatching(detail) },
    ]);
  });

  test("an item is there in the parameters of a for_each, not in its when or its list", () => {
    expect(named("item", { for_each: "[1]" })).toEqual([]);
    const fallback = { agent: "diagnostics", task: "echo", parameters: { value: "${{ item }}" } };
    expect(named("1", { for_each: "[1]", fallback })).toEqual([]);
    expect(named("1", { for_each: "[item]", when: "item > 1" }).map(({ field }) => field)).toEqual([
      "steps[2].when",
      "steps[2].for_each",
    ]);
  });

  test("an input that is not given is a fault where inputs are given, or declared", () => {
    const steps = [echo("a", { parameters: { value: "${{ inputs.x }} ${{ inputs.?y }}" } })];
    expect(faults(steps)).toEqual([]);
    expect(faults(steps, { inputs: { x: 1 } })).toEqual([]);
    expect(faults(steps, { inputs: { w: 1 } })).toEqual([
      { field: "steps[0].parameters.value", detail: expect.stringMatching(/no input "x"; there are w/) },
    ]);
    const definition = { name: "t", steps, inputs: { w: 1 } };
    expect(workflowFaults(definition, { inputs: ["w", "x"] })).toEqual([]);
  });

  test("an input that some expression asks for may be absent", () => {
    const steps = [echo("a", { when: "has(inputs.note)", parameters: { value: "${{ inputs.note }}" } })];
    expect(faults(steps, { inputs: {} })).toEqual([]);
  });
});

describe("what is written out is checked at once, what an expression has a part in at run time", () => {
  const of = (task: string, parameters: Record<string, unknown>, agent = "opencode") =>
    fields([{ id: "a", agent, task, parameters }]);

  test("an expression may stand wherever its value may fit", () => {
    expect(of("fix", { context: { files: "${{ inputs.files }}" } })).toEqual([]);
    expect(of("fix", { context: "${{ inputs.context }}" })).toEqual([]);
    expect(of("sleep", { ms: "${{ inputs.ms }}" }, "diagnostics")).toEqual([]);
    expect(of("wait", { until: "${{ inputs.at }}" }, "control")).toEqual([]);
  });

  test("what stands beside it is checked all the same", () => {
    expect(of("fix", { prompt: 1, context: { files: "${{ inputs.files }}", file_path: "/etc" } })).toEqual([
      "steps[0].parameters.prompt",
      "steps[0].parameters.context.file_path",
    ]);
    expect(of("prompt", { language: "${{ inputs.language }}" })).toEqual(["steps[0].parameters.prompt"]);
    expect(of("fix", { colour: "${{ inputs.colour }}" })).toEqual(["steps[0].parameters.colour"]);
  });

  test("no expression chooses the workspace", () => {
    expect(of("fix", { context: { workspace_id: "${{ inputs.workspace }}" } })).toEqual([
      "steps[0].parameters.context.workspace_id",
    ]);
  });

  test("a fallback is checked like a step", () => {
    expect(
      fields([
        echo("a", { fallback: { agent: "nobody", task: "echo" } }),
        echo("b", { fallback: { agent: "diagnostics", task: "dance" } }),
        echo("c", { fallback: { agent: "diagnostics", task: "sleep", parameters: { ms: "long" } } }),
      ]),
    ).toEqual(["steps[0].fallback.agent", "steps[1].fallback.task", "steps[2].fallback.parameters.ms"]);
  });

  test("control steps are checked like any other", () => {
    expect(of("approval", { deadline_seconds: -1 }, "control")).toEqual([
      "steps[0].parameters.message",
      "steps[0].parameters.deadline_seconds",
    ]);
    expect(of("wait", {}, "control")).toEqual(["steps[0].parameters"]);
    expect(of("dance", {}, "control")).toEqual(["steps[0].task"]);
  });
});

describe("a workflow within a step is checked like its own", () => {
  test("with the paths of the whole", () => {
    const inner = { name: "inner", steps: [echo("a", { depends_on: ["z"], when: "steps.b.output" })] };
    expect(fields([child(inner)])).toEqual([
      "steps[0].parameters.workflow.steps[0].depends_on",
      "steps[0].parameters.workflow.steps[0].when",
    ]);
    expect(fields([child({ name: "inner", steps: [] })])).toEqual(["steps[0].parameters.workflow.steps"]);
  });

  test("its expressions see its own steps and inputs, not those around it", () => {
    const inner = { name: "inner", steps: [echo("a", { parameters: { value: "${{ inputs.x }}" } })] };
    expect(faults([child(inner, { inputs: { x: "${{ inputs.tag }}" } })], { inputs: { tag: 1 } })).toEqual(
      [],
    );
    expect(fields([child(inner, { inputs: { y: 1 } })], { inputs: { x: 1 } })).toEqual([
      "steps[0].parameters.workflow.steps[0].parameters.value",
    ]);
    expect(fields([child(inner, { inputs: "${{ inputs.all }}" })])).toEqual([]);
    expect(fields([child("${{ inputs.plan }}")])).toEqual([]);
  });

  test("four deep at most", () => {
    let inner: WorkflowDefinition = { name: "innermost", steps: [echo("a")] };
    for (let depth = 0; depth < 4; depth += 1) inner = { name: "outer", steps: [child(inner)] };
    expect(workflowFaults(inner)).toEqual([]);
    expect(faults([child(inner)])).toEqual([
      {
        field: expect.stringMatching(/(?:steps\[0\]\.parameters\.workflow\.?){5}$/),
        detail: expect.stringMatching(/4 deep/),
      },
    ]);
  });
});
