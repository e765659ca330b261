/**
 * What the API answers is what openapi.json says: every operation, for good input and bad, against the whole stack. The cases
 * stand in `cases/`; what follows from the shape of an operation alone, in `shape-cases.ts`.
 */
import { operations } from "@drover/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCase } from "./case.ts";
import { allCases } from "./cases/all-cases.ts";
import { apiDocument } from "./document.ts";
import { testIdempotency } from "./idempotency.ts";
import { testPages } from "./pages.ts";
import { testRequests } from "./requests.ts";
import { shapeCases } from "./shape-cases.ts";
import { testStreams } from "./streams.ts";
import { testTunnels } from "./tunnels.ts";
import { type OperationName, World } from "./world.ts";

const world = new World();
beforeAll(() => world.start());
afterAll(() => world.stop());

const isOperation = (name: string): name is OperationName => Object.hasOwn(operations, name);
const names = Object.keys(operations).filter(isOperation);

test("every operation has cases, and is in the document", () => {
  expect(Object.keys(allCases).sort()).toEqual([...names].sort());
  const documented = Object.entries(apiDocument.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(documented.sort()).toEqual(
    names.map((name) => `${operations[name].method} ${operations[name].path}`).sort(),
  );
});

for (const name of names) {
  describe(operations[name].id, () => {
    for (const one of [...allCases[name], ...shapeCases(operations[name])])
      test(`${one.status} ${one.title}`, () => runCase(world, name, one));
  });
}

testIdempotency(world);
testRequests(world);
testStreams(world);
testTunnels(world);
testPages(world);

/** Answered only by a caller without the role, an outage or a defect: test/security has those. */
const elsewhere = new Set(["403", "429", "500", "502", "503"]);

test("every answer that the document names was given", () => {
  const promised = Object.values(apiDocument.paths).flatMap((methods) => Object.values(methods));
  expect(promised.length).toBe(names.length);
  const missing = names.flatMap((name) => {
    const { id, path, method } = operations[name];
    const statuses = Object.keys(apiDocument.paths[path]?.[method]?.responses ?? {});
    return statuses
      .filter((status) => !elsewhere.has(status) && !world.seen.has(`${id} ${status}`))
      .map((status) => `${id} ${status}`);
  });
  expect(missing).toEqual([]);
});
