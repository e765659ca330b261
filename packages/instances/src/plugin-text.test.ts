import { expect, test } from "vitest";
import { readPluginText } from "./plugin-text.ts";

const faultOf = (kind: "agent" | "command" | "skill", text: string) => {
  try {
    readPluginText(kind, "x", text);
    return "none";
  } catch (error) {
    return JSON.stringify(error instanceof Error && "validations" in error ? error.validations : error);
  }
};

test("what is checked is what is written, and a skill gets its name", () => {
  const read = readPluginText("skill", "tests", "---\ndescription: 'Writes: tests'\n---\nDo it.\n");
  expect(read).toEqual({
    description: "Writes: tests",
    text: '---\nname: tests\ndescription: "Writes: tests"\n---\n\nDo it.\n',
  });
});

test.each([
  ["agent", "no front matter", "front matter"],
  ["agent", "---\n: : :\n---\nx", "YAML"],
  ["agent", "---\ndescription: a\n---\n", "text after it"],
  ["agent", "---\nmode: all\n---\nx", "spec.text.description"],
  ["agent", "---\ndescription: a\nmode: evil\n---\nx", "spec.text.mode"],
  ["agent", "---\ndescription: a\nmodel: other/model\n---\nx", "model"],
  ["agent", "---\ndescription: a\npermission:\n  bash: maybe\n---\nx", "spec.text.permission.bash"],
  ["command", "---\ndescription: a\n---\nLook: !`cat /etc/passwd`", "shell"],
  ["skill", "---\ndescription: a\nname: other\n---\nx", "name"],
] as const)("a %s of %j is refused for its %s", (kind, text, reason) => {
  expect(faultOf(kind, text)).toContain(reason);
});
