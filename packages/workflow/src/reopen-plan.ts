/**
 * What has to be opened again so that a run goes on: pure, property-tested.
 *
 * A step is opened together with everything downstream of it that counted on its end. A step that fanned out keeps the items
 * that completed, unless all of it is to run again.
 */
import type { WorkflowStep } from "@drover/contracts";
import { blockedBy, dependenciesOf, type Graph } from "./graph.ts";
import { instanceId, itemId, type StepInstance } from "./step-instance.ts";

export interface ReopenPlan {
  /** Step → how many steps it waits for from now on. */
  readonly indegree: Readonly<Record<string, number>>;
  /** What is not ended any more: steps, and items. */
  readonly ended: readonly string[];
  /** Fields of the fan-out's counters to set. */
  readonly items: Readonly<Record<string, number>>;
  /** Fields of the fan-out's counters to forget: the list is made again. */
  readonly dropped: readonly string[];
  /** Instances whose tasks are done again when their turn comes. */
  readonly instances: readonly string[];
}

interface Known {
  readonly graph: Graph;
  readonly steps: ReadonlyMap<string, WorkflowStep>;
  readonly ended: ReadonlyMap<string, string>;
  /** Step → how many items it fanned out to, where it did. */
  readonly counts: ReadonlyMap<string, number>;
}

/** @returns whether dependents of a step that ended so may run */
export function passes(step: WorkflowStep | undefined, end: string | undefined): boolean {
  if (end === "completed" || end === "fallback" || end === "skipped") return true;
  return end === "failed" && step?.continue_on_error === true;
}

/** The steps that a retry opens: from one on, or all that failed, were cancelled, or never had their turn. */
export function stepsToReopen(known: Known, fromStep: string | null): Set<string> {
  if (fromStep !== null) return blockedBy(known.graph, [fromStep]).add(fromStep);
  return new Set(known.graph.order.filter((id) => !passes(known.steps.get(id), known.ended.get(id))));
}

/** @param whole whether items that completed run again, too */
export function reopenPlan(known: Known, reopened: ReadonlySet<string>, whole: boolean): ReopenPlan {
  const indegree: Record<string, number> = {};
  const ended: string[] = [];
  const items: Record<string, number> = {};
  const dropped: string[] = [];
  const instances: string[] = [];
  for (const id of reopened) {
    const step = known.steps.get(id);
    if (step === undefined) continue;
    indegree[id] = dependenciesOf(step).filter(
      (dependency) =>
        reopened.has(dependency) || !passes(known.steps.get(dependency), known.ended.get(dependency)),
    ).length;
    ended.push(id);
    const count = known.counts.get(id);
    if (count === undefined) {
      instances.push(...bothOf(id, null));
      continue;
    }
    const again = itemsToReopen(known, id, count, whole);
    for (const item of again) {
      ended.push(itemId(id, item));
      instances.push(...bothOf(id, item));
    }
    if (whole) dropped.push(id, `${id}:left`, `${id}:failed`, `${id}:cancelled`);
    else Object.assign(items, { [`${id}:left`]: again.length, [`${id}:failed`]: 0, [`${id}:cancelled`]: 0 });
  }
  return { indegree, ended, items, dropped, instances };
}

/**
 * One failed instance of a run that goes on. What its failure blocked has not been counted down, so it waits as it did. A
 * fallback is done again by itself; what has a fallback, together with it.
 */
export function instancePlan(known: Known, instance: StepInstance): ReopenPlan {
  const { stepId, item } = instance;
  const instances = instance.fallback ? [instanceId(instance)] : bothOf(stepId, item);
  const plan = { indegree: {}, ended: [itemId(stepId, item)], items: {}, dropped: [], instances };
  const count = known.counts.get(stepId);
  if (item === null || count === undefined) return plan;
  const ends = Array.from({ length: count }, (_, at) => known.ended.get(itemId(stepId, at)));
  const left = ends.filter((end) => end === undefined).length + 1;
  const failed = ends.filter((end) => end === "failed").length - 1;
  const items = { [`${stepId}:left`]: left, [`${stepId}:failed`]: failed };
  return { ...plan, ended: [...plan.ended, stepId], items };
}

function itemsToReopen(known: Known, id: string, count: number, whole: boolean): number[] {
  const all = Array.from({ length: count }, (_, item) => item);
  if (whole) return all;
  return all.filter((item) => {
    const end = known.ended.get(itemId(id, item));
    return end !== "completed" && end !== "fallback";
  });
}

function bothOf(stepId: string, item: number | null): string[] {
  return [instanceId({ stepId, item, fallback: false }), instanceId({ stepId, item, fallback: true })];
}
