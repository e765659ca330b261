/** A pipeline resolves with errors among its replies; who forgets that takes an outage for an answer. */
import { expect, test } from "vitest";
import { isTestCode, sourceFiles } from "./source-files.ts";

/** They look at each error by themselves. */
const readers = new Set(["packages/queue/src/replies-of.ts", "packages/queue/src/scripts/script-runner.ts"]);

test("the replies of a pipeline are read in one place, which throws their errors", () => {
  const others = sourceFiles
    .filter(({ path }) => /^(?:packages|services)\//.test(path) && !isTestCode(path) && !readers.has(path))
    .filter(({ text }) => /\bpipeline(?:\(\))?\s*\.exec\(\)/.test(text));
  expect(others.map(({ path }) => path)).toEqual([]);
});
