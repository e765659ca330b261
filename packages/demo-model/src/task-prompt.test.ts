import { expect, test } from "vitest";
import { readTaskPrompt } from "./task-prompt.ts";

test("a prompt's lines and sections are found wherever they stand", () => {
  const prompt = [
    "Action: fix",
    "Language: Go",
    "Step: mend",
    "",
    "Find the fault.",
    "",
    "# Request",
    "The list is empty.",
    "It should not be.",
    "",
    "# Files to look at",
    "- api/users.go",
    "- api/main.go",
  ];
  expect(readTaskPrompt(prompt.join("\n"))).toMatchObject({
    action: "fix",
    language: "go",
    file: "api/users.go",
    headline: "The list is empty.",
  });
  expect(readTaskPrompt(["File: a.go", ...prompt].join("\r\n"))).toMatchObject({ file: "a.go" });
});

test("a prompt without any of them is a request as it stands", () => {
  expect(readTaskPrompt("\nDo it.\nNow.")).toEqual({
    action: "prompt",
    language: null,
    file: null,
    instructions: "Do it.\nNow.",
    headline: "Do it.",
  });
});
