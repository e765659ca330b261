/** What runs were asked to do, kept parsed: a spec never changes, and each of a run's steps needs it. */
import type { Shard, Store } from "@drover/queue";
import { buildGraph, type Graph } from "./graph.ts";
import { parseRunSpec, type RunSpec } from "./run-row.ts";

export interface KnownRun {
  readonly spec: RunSpec;
  readonly graph: Graph;
  readonly steps: ReadonlyMap<string, RunSpec["definition"]["steps"][number]>;
}

const keptMax = 200;

export class RunSpecs {
  readonly #store: Store;
  readonly #known = new Map<string, KnownRun>();
  readonly #traceparents = new Map<string, string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Null where there is no such run. */
  async get(shard: Shard, runId: string): Promise<KnownRun | null> {
    const known = this.#known.get(runId);
    if (known !== undefined) return known;
    const text = await this.#store.redis.hget(shard.run(runId), "spec");
    if (text === null) return null;
    const spec = parseRunSpec(text);
    const fresh = knownRun(spec);
    keep(this.#known, runId, fresh);
    return fresh;
  }

  /** The run's own span, which is set once, when it begins; empty until then. */
  async traceparent(shard: Shard, runId: string): Promise<string> {
    const known = this.#traceparents.get(runId);
    if (known !== undefined) return known;
    const traceparent = (await this.#store.redis.hget(shard.run(runId), "traceparent")) ?? "";
    if (traceparent !== "") keep(this.#traceparents, runId, traceparent);
    return traceparent;
  }
}

function keep<Value>(map: Map<string, Value>, runId: string, value: Value): void {
  const [oldest] = map.keys();
  if (map.size >= keptMax && oldest !== undefined) map.delete(oldest);
  map.set(runId, value);
}

export function knownRun(spec: RunSpec): KnownRun {
  const built = buildGraph(spec.definition.steps);
  if ("cycle" in built) throw new Error(`the run ${spec.id} was accepted with a cycle`);
  return { spec, graph: built.graph, steps: new Map(spec.definition.steps.map((step) => [step.id, step])) };
}
