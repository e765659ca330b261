/**
 * The pure part of the DAG: edges, order, readiness. No Redis, no clock; property-tested.
 * Steps are counted by in-degree: a step is ready when it waits for nothing any more.
 */
import type { WorkflowDefinition } from "@drover/contracts";

export interface Graph {
  /** Step ids in an order in which every step comes after all it depends on; ties as written. */
  readonly order: readonly string[];
  /** Step → the steps that depend on it. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
  /** Step → how many steps it depends on. */
  readonly indegree: ReadonlyMap<string, number>;
}

type Edges = Pick<WorkflowDefinition["steps"][number], "id" | "depends_on">;

/** What a step depends on, each once. */
export function dependenciesOf(step: Edges): readonly string[] {
  return [...new Set(step.depends_on ?? [])];
}

/**
 * Builds the graph of steps whose ids are unique and whose dependencies exist.
 * @returns the graph, or one of its cycles as a path that ends where it began: `["a", "b", "a"]`
 */
export function buildGraph(steps: readonly Edges[]): { graph: Graph } | { cycle: readonly string[] } {
  const dependents = new Map<string, string[]>(steps.map((step) => [step.id, []]));
  const indegree = new Map<string, number>();
  for (const step of steps) {
    const dependencies = dependenciesOf(step);
    indegree.set(step.id, dependencies.length);
    for (const dependency of dependencies) dependents.get(dependency)?.push(step.id);
  }
  const order = topologicalOrder(steps, dependents, indegree);
  if (order.length < steps.length) return { cycle: findCycle(steps, new Set(order)) };
  return { graph: { order, dependents, indegree } };
}

function topologicalOrder(
  steps: readonly Edges[],
  dependents: ReadonlyMap<string, readonly string[]>,
  indegree: ReadonlyMap<string, number>,
): string[] {
  const left = new Map(indegree);
  const order = steps.filter((step) => left.get(step.id) === 0).map((step) => step.id);
  // The list grows while it is read: what becomes ready is appended.
  for (const id of order) {
    for (const dependent of dependents.get(id) ?? []) {
      const count = (left.get(dependent) ?? 0) - 1;
      left.set(dependent, count);
      if (count === 0) order.push(dependent);
    }
  }
  return order;
}

/** Every step outside of `ordered` has a dependency outside of it, so walking those must come round. */
function findCycle(steps: readonly Edges[], ordered: ReadonlySet<string>): readonly string[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const seenAt = new Map<string, number>();
  const path: string[] = [];
  let at = steps.find((step) => !ordered.has(step.id))?.id;
  while (at !== undefined) {
    const seen = seenAt.get(at);
    if (seen !== undefined) return [...path.slice(seen), at].reverse();
    seenAt.set(at, path.length);
    path.push(at);
    const step = byId.get(at);
    at = step === undefined ? undefined : dependenciesOf(step).find((dependency) => !ordered.has(dependency));
  }
  return path;
}

/** The steps that can never run once `failed` have ended without success: everything downstream of them. */
export function blockedBy(graph: Graph, failed: Iterable<string>): Set<string> {
  const blocked = new Set<string>();
  const open = [...failed];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const dependent of graph.dependents.get(id) ?? []) {
      if (blocked.has(dependent)) continue;
      blocked.add(dependent);
      open.push(dependent);
    }
  }
  return blocked;
}
