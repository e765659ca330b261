import fc from "fast-check";
import { expect, test } from "vitest";
import { buildGraph, dependenciesOf } from "../graph.ts";
import { outOfOrder } from "./ancestry.ts";

/** Random DAGs of up to a hundred steps, so that marks need more than one round. */
const dags = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 2, maxLength: 100 }).map((rows) =>
  rows.map((targets, n) => ({
    id: `s${n}`,
    depends_on: n === 0 ? [] : targets.map((target) => `s${target % n}`),
  })),
);

test("a step comes before another exactly when a walk along the dependencies finds it", () => {
  fc.assert(
    fc.property(dags, (steps) => {
      const built = buildGraph(steps);
      if (!("graph" in built)) throw new Error("unexpected cycle");
      const ancestors = new Map<string, Set<string>>();
      for (const step of steps) {
        const found = new Set<string>();
        for (const dependency of dependenciesOf(step)) {
          found.add(dependency);
          for (const further of ancestors.get(dependency) ?? []) found.add(further);
        }
        ancestors.set(step.id, found);
      }
      const pairs = steps.flatMap(({ id: from }) => steps.map(({ id: to }) => ({ from, to })));
      const expected = pairs.filter(({ from, to }) => ancestors.get(from)?.has(to) !== true);
      expect(outOfOrder(built.graph, pairs)).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});
