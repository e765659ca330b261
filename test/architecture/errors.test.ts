/** Every error code is explained, and nothing is explained that is no code. */
import { errorCatalogue, isErrorCode } from "@drover/errors";
import { expect, test } from "vitest";
import { readText, sourceFiles } from "./source-files.ts";

const codes = Object.keys(errorCatalogue);
/** Each `### heading` of the document with what stands beneath it. */
const sections = new Map(
  readText("docs/errors.md")
    .split(/^#{2,3} /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")).trim(), section] as const)
    .filter(([heading]) => /^[a-z_]+$/.test(heading)),
);

test("every code has a heading in docs/errors.md, and every such heading is a code", () => {
  expect(codes.filter((code) => !sections.has(code))).toEqual([]);
  expect([...sections.keys()].filter((heading) => !isErrorCode(heading))).toEqual([]);
});

test("every code says what it means and what to check", () => {
  const thin = [...sections].filter(([, section]) => {
    const [meaning = "", check = ""] = section.split("**What to check:**");
    return meaning.split("\n").slice(1).join("").trim().length < 20 || check.trim().length < 20;
  });
  expect(thin.map(([heading]) => heading)).toEqual([]);
});

test("a request's code stands with its status", () => {
  const request = readText("docs/errors.md").split("## The task", 1)[0] ?? "";
  const wrong = [...request.matchAll(/^### (\S+)\n\n(\d+)?/gm)].filter(
    ([, code = "", status]) => isErrorCode(code) && String(errorCatalogue[code].status) !== status,
  );
  expect(wrong.map(([, code]) => code)).toEqual([]);
});

test("a code is a word of the wire: snake_case", () => {
  expect(codes.filter((code) => !/^[a-z]+(?:_[a-z]+)*$/.test(code))).toEqual([]);
});

test("every code that the code throws is in the catalogue", () => {
  const thrown = sourceFiles.flatMap(({ path, text }) =>
    [...text.matchAll(/new (?:DroverError|\w+Failure)\(\s*"([^"]+)"/g)].map(([, code = ""]) => ({
      path,
      code,
    })),
  );
  expect(thrown.length).toBeGreaterThan(50);
  // A cancellation has only one code and takes words instead.
  expect(thrown.filter(({ code }) => !isErrorCode(code) && !/[ .]/.test(code))).toEqual([]);
});
