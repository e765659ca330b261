/**
 * Which steps come before which: asked for every reference of an expression to a step. A table of all pairs of ten thousand
 * steps is too large, and a search for each reference too slow; so marks run down the graph, 32 steps at a time.
 */
import type { Graph } from "../graph.ts";

export interface Reference {
  readonly from: string;
  readonly to: string;
}

const marksMax = 32;

/** @returns those references whose `to` does not come before `from`, directly or through others */
export function outOfOrder<Given extends Reference>(graph: Graph, references: readonly Given[]): Given[] {
  const positions = new Map(graph.order.map((id, position) => [id, position]));
  const dependents = graph.order.map((id) =>
    (graph.dependents.get(id) ?? []).map((dependent) => positions.get(dependent) ?? 0),
  );
  const byTarget = new Map<string, Given[]>();
  for (const reference of references) {
    const others = byTarget.get(reference.to);
    if (others === undefined) byTarget.set(reference.to, [reference]);
    else others.push(reference);
  }
  const wanted = [...byTarget.keys()];
  const before = new Set<Given>();
  for (let start = 0; start < wanted.length; start += marksMax) {
    const marks = new Map(wanted.slice(start, start + marksMax).map((id, bit) => [id, 1 << bit]));
    const marked = spread(graph.order, dependents, marks);
    for (const [id, mark] of marks) {
      for (const reference of byTarget.get(id) ?? []) {
        if (((marked[positions.get(reference.from) ?? -1] ?? 0) & mark) !== 0) before.add(reference);
      }
    }
  }
  return references.filter((reference) => !before.has(reference));
}

/** By position: the marks of all steps that come before. */
function spread(
  order: readonly string[],
  dependents: readonly (readonly number[])[],
  marks: ReadonlyMap<string, number>,
): Int32Array {
  const marked = new Int32Array(order.length);
  for (let position = 0; position < order.length; position += 1) {
    const passed = (marked[position] ?? 0) | (marks.get(order[position] ?? "") ?? 0);
    if (passed === 0) continue;
    for (const dependent of dependents[position] ?? []) marked[dependent] = (marked[dependent] ?? 0) | passed;
  }
  return marked;
}
