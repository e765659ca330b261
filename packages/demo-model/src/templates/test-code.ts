/** The test that the `test` action writes beside a file: it holds that the file is there and can be loaded. */
import type { Language } from "./language.ts";

/** Where a test of `subject` belongs by the custom of its language. */
export function testPath(language: Language, subject: string): string {
  const slash = subject.lastIndexOf("/") + 1;
  const folder = subject.slice(0, slash);
  const file = subject.slice(slash);
  if (language === "python") return `${folder}test_${file}`;
  const dot = file.lastIndexOf(".");
  const stem = dot <= 0 ? file : file.slice(0, dot);
  const extension = dot <= 0 ? "" : file.slice(dot);
  return language === "go" ? `${folder}${stem}_test${extension}` : `${folder}${stem}.test${extension}`;
}

export function testCode(language: Language, subject: string, headline: string): string {
  const file = subject.slice(subject.lastIndexOf("/") + 1);
  if (language === "go") return goTest(subject, file, headline);
  if (language === "python") return pythonTest(file, headline);
  return `// ${headline}
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

test("${file} is there and is not empty", async () => {
  const source = await readFile(new URL("./${file}", import.meta.url), "utf8");
  assert.notEqual(source.trim(), "");
});
`;
}

function goTest(subject: string, file: string, headline: string): string {
  const folder = (subject.split("/").at(-2) ?? "main").toLowerCase().replace(/[^a-z0-9]/g, "");
  return `// ${headline}

package ${folder || "main"}

import (
	"os"
	"testing"
)

func TestSourceIsThere(t *testing.T) {
	source, err := os.ReadFile("${file}")
	if err != nil || len(source) == 0 {
		t.Fatalf("${file} cannot be read: %v", err)
	}
}
`;
}

function pythonTest(file: string, headline: string): string {
  return `# ${headline}
import pathlib
import unittest


class SourceTest(unittest.TestCase):
    def test_source_is_there(self) -> None:
        source = pathlib.Path(__file__).with_name("${file}").read_text()
        self.assertNotEqual(source.strip(), "")


if __name__ == "__main__":
    unittest.main()
`;
}
