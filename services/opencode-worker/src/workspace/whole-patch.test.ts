import { expect, test } from "vitest";
import { contentAfter, readWholePatch, shortHunks } from "./whole-patch.ts";

const head =
  "Index: a.txt\n===================================================================\n--- a.txt\t\n+++ a.txt\t\n";
const numbered = (count: number) => Array.from({ length: count }, (_, n) => ` line ${n + 1}\n`).join("");

function read(patch: string) {
  const whole = readWholePatch(patch);
  if (whole === null) throw new Error("not read");
  return { content: contentAfter(whole), hunks: shortHunks(whole) };
}

test("what a file is now is read from its patch, to the last line break", () => {
  expect(read(`${head}@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n`).content).toBe("one\nTWO\nthree\n");
  expect(read(`${head}@@ -0,0 +1,1 @@\n+hello\n`).content).toBe("hello\n");
  expect(read(`${head}@@ -0,0 +1 @@\n+hello\n\\ No newline at end of file\n`).content).toBe("hello");
  expect(read(`${head}@@ -1,1 +0,0 @@\n-x\n`).content).toBe("");
  expect(read(`${head}@@ -1,2 +1,2 @@\n \n--- a\n+++ b\n`).content).toBe("\n++ b\n");
});

test("a long file is cut to what stands around its changes, with the lines counted rightly", () => {
  const patch = `${head}@@ -1,42 +1,41 @@\n-gone\n${numbered(20)}-old\n+new\n${numbered(20)}`;
  const { hunks } = read(patch);
  expect(hunks).toBe(
    "@@ -1,4 +1,3 @@\n-gone\n line 1\n line 2\n line 3\n" +
      "@@ -19,7 +18,7 @@\n line 18\n line 19\n line 20\n-old\n+new\n line 1\n line 2\n line 3\n",
  );
});

test("changes near each other are one hunk; a file that came or went begins at line 0 on its other side", () => {
  expect(read(`${head}@@ -1,5 +1,5 @@\n-a\n+A\n b\n c\n-d\n+D\n`).hunks).toBe(
    "@@ -1,4 +1,4 @@\n-a\n+A\n b\n c\n-d\n+D\n",
  );
  expect(read(`${head}@@ -0,0 +1,1 @@\n+hello\n`).hunks).toBe("@@ -0,0 +1,1 @@\n+hello\n");
  expect(read(`${head}@@ -1,1 +0,0 @@\n-x\n`).hunks).toBe("@@ -1,1 +0,0 @@\n-x\n");
});

test("what does not hold a whole text file is left as it is", () => {
  const part = `${head}@@ -1,1 +1,1 @@\n-a\n+b\n@@ -90,1 +90,1 @@\n-a\n+b\n`;
  for (const patch of ["", "Binary files differ\n", `${head}@@ -7,1 +7,1 @@\n-a\n+b\n`, part])
    expect(readWholePatch(patch)).toBeNull();
});
