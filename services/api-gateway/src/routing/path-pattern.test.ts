import { operations } from "@drover/contracts";
import { expect, test } from "vitest";
import { expressPath } from "./path-pattern.ts";

test("every parameter of every path is one that its operation describes", () => {
  for (const operation of Object.values(operations)) {
    const named = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(named.sort()).toEqual(Object.keys(operation.params.shape).sort());
    expect(expressPath(operation.path)).not.toMatch(/[{}]/);
  }
});
