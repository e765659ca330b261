import { expect, test } from "vitest";
import { permissionAsk, questionAsk } from "./agent-ask.ts";
import { boundedData } from "./bounded-data.ts";
import { answersFor } from "./decision.ts";

const redact = (text: string) => text.replaceAll("hunter2", "[redacted]");
const option = (label: string) => ({ label, description: "" });
const asked = (...options: string[][]) =>
  questionAsk(
    {
      id: "que_1",
      sessionID: "ses_1",
      questions: options.map((labels, position) => ({
        question: `Question ${position}?`,
        header: "Q",
        options: labels.map(option),
      })),
    },
    redact,
  );
const said = (comment: string | null) => ({ allowed: true, comment });

test.each([
  ["a label in whatever case chooses its option", [["Red", "Blue"]], "blue", [["Blue"]]],
  ["several labels, one a line, choose them all", [["Red", "Blue"]], "red\nBLUE\n", [["Red", "Blue"]]],
  ["anything else is the answer as it stands", [["Red"]], "A warm red", [["A warm red"]]],
  ["as many lines as questions answer each its own", [["A", "B"], ["C"]], "b\nno idea", [["B"], ["no idea"]]],
  ["one line answers all questions", [["A"], ["B"]], "a", [["A"], ["a"]]],
] as const)("%s", (_title, options, comment, answers) => {
  expect(answersFor(asked(...options.map((labels) => [...labels])), said(comment))).toEqual(answers);
});

test("who says nothing, or declines, lets the agent decide", () => {
  expect(answersFor(asked(["A"]), said(null))).toEqual([[expect.stringContaining("Decide for yourself")]]);
  const declined = answersFor(asked(["A"]), { allowed: false, comment: "Read the manual." });
  expect(declined).toEqual([["A person has declined to answer. Read the manual."]]);
});

test("what a person reads holds no secret and is bounded, and the same permission for the same patterns is the same", () => {
  const request = {
    id: "per_1",
    sessionID: "ses_1",
    permission: "bash",
    patterns: ["curl -u u:hunter2 http://a", "b".repeat(10_000)],
    metadata: { command: "curl -u u:hunter2 http://a", deep: { text: "hunter2", list: Array(99).fill("x") } },
    always: [],
  };
  const ask = permissionAsk(request, redact);
  expect(JSON.stringify(ask)).not.toContain("hunter2");
  expect(JSON.stringify(ask).length).toBeLessThan(12_000);
  expect(ask.message).toMatch(/^The agent asks to run a command \(bash\):\n- curl/);
  const patterns = [...request.patterns].reverse();
  expect(permissionAsk({ ...request, id: "per_2", patterns }, redact).digest).toBe(ask.digest);
  expect(permissionAsk({ ...request, patterns: ["curl"] }, redact).digest).not.toBe(ask.digest);
});

test("data of whatever shape becomes bounded JSON", () => {
  const circle: Record<string, unknown> = { name: "x".repeat(10_000) };
  circle["self"] = circle;
  for (const value of [circle, undefined, () => 1, Array(1_000).fill("y".repeat(1_000)), [[[[[["deep"]]]]]]])
    expect(JSON.stringify(boundedData(value, redact)).length).toBeLessThan(8_000);
});
