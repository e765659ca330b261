import fc from "fast-check";
import { expect, test } from "vitest";
import { blockedBy, buildGraph, dependenciesOf } from "./graph.ts";

/** Random DAGs: a step depends only on earlier ones; then the list is shuffled, so that the order is not given away. */
const dags = fc.array(fc.array(fc.nat(), { maxLength: 5 }), { minLength: 1, maxLength: 40 }).chain((rows) => {
  const steps = rows.map((targets, n) => ({
    id: `s${n}`,
    depends_on: n === 0 ? [] : targets.map((target) => `s${target % n}`),
  }));
  return fc.shuffledSubarray(steps, { minLength: steps.length, maxLength: steps.length });
});

function built(steps: Parameters<typeof buildGraph>[0]) {
  const outcome = buildGraph(steps);
  if ("cycle" in outcome) throw new Error(`unexpected cycle ${outcome.cycle.join(" → ")}`);
  return outcome.graph;
}

test("in every DAG each step stands once, after all it depends on", () => {
  fc.assert(
    fc.property(dags, (steps) => {
      const { order } = built(steps);
      expect([...order].sort()).toEqual(steps.map((step) => step.id).sort());
      const position = new Map(order.map((id, index) => [id, index]));
      for (const step of steps) {
        for (const dependency of step.depends_on) {
          expect(position.get(dependency)).toBeLessThan(position.get(step.id) ?? -1);
        }
      }
    }),
  );
});

test("counting down in any order of completion makes each step ready exactly once, when all it waits for is done", () => {
  fc.assert(
    fc.property(dags, fc.infiniteStream(fc.nat()), (steps, choices) => {
      const graph = built(steps);
      const left = new Map(graph.indegree);
      const ready = steps.filter((step) => left.get(step.id) === 0).map((step) => step.id);
      const done = new Set<string>();
      while (ready.length > 0) {
        const [id] = ready.splice((choices.next().value ?? 0) % ready.length, 1);
        if (id === undefined) break;
        const step = steps.find((candidate) => candidate.id === id);
        expect(dependenciesOf(step ?? { id }).every((dependency) => done.has(dependency))).toBe(true);
        expect(done.has(id)).toBe(false);
        done.add(id);
        for (const dependent of graph.dependents.get(id) ?? []) {
          const count = (left.get(dependent) ?? 0) - 1;
          left.set(dependent, count);
          if (count === 0) ready.push(dependent);
        }
      }
      expect(done.size).toBe(steps.length);
    }),
  );
});

test("a cycle is found and named as a path that ends where it began and follows real edges", () => {
  fc.assert(
    fc.property(dags, fc.nat(), fc.nat(), (steps, from, to) => {
      const { order } = built(steps);
      const [early, late] = [order[from % order.length], order[to % order.length]];
      const closed = steps.map((step) =>
        step.id === early ? { ...step, depends_on: [...step.depends_on, late ?? ""] } : step,
      );
      const outcome = buildGraph(closed);
      if (!("cycle" in outcome)) return;
      const { cycle } = outcome;
      expect(cycle.length).toBeGreaterThan(1);
      expect(cycle[0]).toBe(cycle.at(-1));
      for (let at = 1; at < cycle.length; at += 1) {
        const step = closed.find((candidate) => candidate.id === cycle[at]);
        expect(step?.depends_on).toContain(cycle[at - 1]);
      }
    }),
  );
});

test("a step that depends on itself is a cycle", () => {
  expect(buildGraph([{ id: "a", depends_on: ["a"] }])).toEqual({ cycle: ["a", "a"] });
});

test("what a failure blocks is everything downstream of it and nothing else", () => {
  fc.assert(
    fc.property(dags, fc.nat(), (steps, pick) => {
      const graph = built(steps);
      const failed = graph.order[pick % graph.order.length] ?? "";
      const blocked = blockedBy(graph, [failed]);
      for (const step of steps) {
        const touched = dependenciesOf(step).some(
          (dependency) => dependency === failed || blocked.has(dependency),
        );
        expect(blocked.has(step.id)).toBe(touched);
      }
    }),
  );
});

test("a chain of ten thousand steps is ordered without recursion", () => {
  const steps = Array.from({ length: 10_000 }, (_, n) => ({
    id: `s${n}`,
    depends_on: n === 0 ? [] : [`s${n - 1}`],
  }));
  expect(built(steps).order.at(-1)).toBe("s9999");
});
