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
  const place = (id: string) => positions.get(id) ?? -1;
  const edges = flatEdges(graph, place);
  const before = new Set<Given>();
  const byTarget = [...groupByTarget(references)];
  for (let start = 0; start < byTarget.length; start += marksMax) {
    const round = byTarget.slice(start, start + marksMax);
    const marked = spread(
      edges,
      round.map(([id]) => place(id)),
    );
    for (const [bit, [, asking]] of round.entries()) {
      for (const reference of asking) {
        if (((marked[place(reference.from)] ?? 0) & (1 << bit)) !== 0) before.add(reference);
      }
    }
  }
  return references.filter((reference) => !before.has(reference));
}

function groupByTarget<Given extends Reference>(references: readonly Given[]): Map<string, Given[]> {
  const groups = new Map<string, Given[]>();
  for (const reference of references) {
    const group = groups.get(reference.to);
    if (group === undefined) groups.set(reference.to, [reference]);
    else group.push(reference);
  }
  return groups;
}

/** The dependents of the step at position `n` of the order stand in `targets` from `starts[n]` to `starts[n + 1]`. */
interface Edges {
  readonly starts: Int32Array;
  readonly targets: Int32Array;
}

function flatEdges(graph: Graph, place: (id: string) => number): Edges {
  const starts = new Int32Array(graph.order.length + 1);
  const targets: number[] = [];
  for (const [position, id] of graph.order.entries()) {
    for (const dependent of graph.dependents.get(id) ?? []) targets.push(place(dependent));
    starts[position + 1] = targets.length;
  }
  return { starts, targets: Int32Array.from(targets) };
}

/** By position: which of the `sources`, as bits, come before. */
function spread({ starts, targets }: Edges, sources: readonly number[]): Int32Array {
  const own = new Int32Array(starts.length - 1);
  for (const [bit, source] of sources.entries()) own[source] = 1 << bit;
  const marked = new Int32Array(starts.length - 1);
  for (let position = 0; position < marked.length; position += 1) {
    const passed = (marked[position] ?? 0) | (own[position] ?? 0);
    if (passed === 0) continue;
    const end = starts[position + 1] ?? 0;
    for (let edge = starts[position] ?? 0; edge < end; edge += 1) {
      const target = targets[edge] ?? 0;
      marked[target] = (marked[target] ?? 0) | passed;
    }
  }
  return marked;
}
