/** Reads what was stored of each piece of work, past the API, and says what cannot have happened. */
import { deriveId, type Event, isFinal } from "@drover/contracts";
import { EventLog, type Shard, type Store } from "@drover/queue";
import type { WorkRecord } from "../harness/work-record.ts";
import { lifeOf } from "./life-faults.ts";
import { orderFaults } from "./order-faults.ts";

export interface Audited {
  readonly steps: number;
  /** Starts beyond the first of a life: retries, and work that was taken over. */
  readonly repeatedStarts: number;
  readonly faults: readonly { readonly index: number; readonly what: string }[];
}

const pageSize = 500;

export async function auditEvents(store: Store, records: readonly WorkRecord[]): Promise<Audited> {
  await using log = new EventLog(store);
  const faults: { index: number; what: string }[] = [];
  let steps = 0;
  let repeatedStarts = 0;
  for (const record of records) {
    const say = (what: string) => faults.push({ index: record.work.index, what });
    const life = (name: string, status: string | undefined, livesMax: number, events: readonly Event[]) => {
      const lived = lifeOf(events);
      repeatedStarts += Math.max(0, lived.starts - lived.lives);
      for (const fault of lived.faults) say(`${name}: ${fault}`);
      if (status === undefined ? !isFinal(lived.state) : lived.state !== status)
        say(`${name} is ${status ?? "over"}, and its events say ${lived.state}`);
      if (lived.lives > livesMax) say(`${name} was queued ${lived.lives} times`);
    };
    if (record.kind === "task") {
      const { task } = record;
      const shard = store.keyspace.shardOf(task.organization_id);
      const events = await readAll(log, shard, { kind: "task", id: task.id });
      life(task.id, task.status, record.facts.redriven ? 2 : 1, events);
      continue;
    }
    const { run, work } = record;
    const shard = store.keyspace.shardOf(run.organization_id);
    const events = await readAll(log, shard, { kind: "workflow", id: run.id });
    for (const fault of orderFaults(work.plan, events)) say(`${run.id}: ${fault}`);
    for (const [instance, own] of byInstance(events)) {
      steps += 1;
      const step = run.steps.find(({ step_id }) => step_id === instance);
      // Of one that failed and whose fallback came too late, the run says that it was stopped.
      const planned = work.plan.find((one) => one.step.id === instance)?.step;
      const plain = step?.task_id === deriveId("task", run.id, instance) && planned?.fallback === undefined;
      life(`${run.id} ${instance}`, plain ? step?.status : undefined, 1 + record.retries, own);
    }
  }
  return { steps, repeatedStarts, faults };
}

function byInstance(events: readonly Event[]): ReadonlyMap<string, Event[]> {
  const found = new Map<string, Event[]>();
  for (const event of events) {
    const { step_id: instance } = event;
    if (instance === undefined || !event.type.startsWith("step.")) continue;
    const known = found.get(instance);
    if (known === undefined) found.set(instance, [event]);
    else known.push(event);
  }
  return found;
}

async function readAll(
  log: EventLog,
  shard: Shard,
  subject: { kind: "task" | "workflow"; id: string },
): Promise<Event[]> {
  const events: Event[] = [];
  for (;;) {
    const page = await log.read(shard, subject, events.at(-1)?.id, pageSize);
    events.push(...page);
    if (page.length < pageSize) return events;
  }
}
