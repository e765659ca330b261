import { expect, test } from "vitest";
import { type FileDiff, mergedChanges } from "./merged-changes.ts";

const as = (text: string) => text;
const diff = (file: string, status: FileDiff["status"], content: string): FileDiff => ({
  file,
  status,
  patch: status === "deleted" ? "@@ -1,1 +0,0 @@\n-x\n" : `@@ -0,0 +1,1 @@\n+${content}\n`,
  additions: status === "deleted" ? 0 : 1,
  deletions: status === "deleted" ? 1 : 0,
});

test("what several prompts did to a file is one change, as of the last", () => {
  const { files, artifacts } = mergedChanges(
    [
      diff("a", "added", "one"),
      diff("b", "modified", "one"),
      diff("a", "modified", "two"),
      diff("b", "deleted", ""),
    ],
    as,
  );
  expect(files).toMatchObject([
    { path: "a", status: "added", additions: 2 },
    { path: "b", status: "deleted", additions: 1, deletions: 1 },
  ]);
  expect(artifacts.map(({ name, content }) => [name, content])).toEqual([["a", "two\n"]]);
});

test("what came and went is no change; what went and came back is a modified one", () => {
  const { files } = mergedChanges(
    [diff("a", "added", "x"), diff("a", "deleted", ""), diff("b", "deleted", ""), diff("b", "added", "y")],
    as,
  );
  expect(files).toMatchObject([{ path: "b", status: "modified" }]);
});

test("patches and artifacts hold no secret, and stay within their limits, which the result says", () => {
  const redact = (text: string) => text.replaceAll("hush", "[redacted]");
  const { files, artifacts, truncated } = mergedChanges(
    [diff("secret.txt", "added", "hush"), diff("long.txt", "added", "x".repeat(400_000))],
    redact,
  );
  expect(JSON.stringify([files, artifacts])).not.toContain("hush");
  expect(truncated).toBe(true);
  expect(files[0]?.patch.length).toBeLessThan(300_000);
  expect(artifacts.map(({ name }) => name)).toEqual(["secret.txt"]);
  const many = Array.from({ length: 100 }, (_, n) => diff(`${n}.txt`, "added", "x".repeat(250_000)));
  const all = mergedChanges(many, redact);
  expect(all.truncated).toBe(true);
  expect(all.files).toHaveLength(100);
  expect(JSON.stringify(all).length).toBeLessThan(10 * 1024 * 1024);
});
