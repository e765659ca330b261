/**
 * Reads the stored events of a run and says which step went before what it depends on, by the order of the stream: the only
 * clock that all workers share.
 */
import type { Event } from "@drover/contracts";
import type { StepPlan } from "../program/step-plan.ts";

const finals = new Set(["completed", "failed", "cancelled"]);

export function orderFaults(plan: readonly StepPlan[], events: readonly Event[]): string[] {
  const reader = new RunReader(plan);
  return events.flatMap((event) => {
    const [subject, what = ""] = event.type.split(".");
    const faults = subject === "workflow" ? reader.runIs(what) : reader.instanceIs(event.step_id ?? "", what);
    return faults.map((fault) => `${fault} (${event.id})`);
  });
}

/** The step of an instance: `deploy[3].fallback` is one of `deploy`. */
function stepOfInstance(instance: string): string {
  return instance.replace(/\.fallback$/, "").replace(/\[\d+\]$/, "");
}

class RunReader {
  readonly #plan: ReadonlyMap<string, StepPlan>;
  /** Instance → how it ended, if it has. */
  readonly #ended = new Map<string, string>();
  #runEnded: string | null = null;
  #paused = false;

  constructor(plan: readonly StepPlan[]) {
    this.#plan = new Map(plan.map((one) => [one.step.id, one]));
  }

  runIs(what: string): string[] {
    if (what === "paused" || what === "resumed") this.#paused = what === "paused";
    // A retry queues it again.
    if (what === "queued") this.#runEnded = null;
    if (!finals.has(what)) return [];
    const former = this.#runEnded;
    this.#runEnded = what;
    this.#paused = false;
    return former === null ? [] : [`the run ended twice: ${former}, then ${what}`];
  }

  instanceIs(instance: string, what: string): string[] {
    const planned = this.#plan.get(stepOfInstance(instance));
    if (planned === undefined) return [`an event of a step that the run does not have: ${instance}`];
    if (finals.has(what)) this.#ended.set(instance, what);
    if (what !== "queued" && what !== "started") return [];
    const open = (planned.step.depends_on ?? []).filter((id) => !this.#passed(id));
    const faults = open.length > 0 ? [`${instance} was ${what} before ${open.join(", ")} ended`] : [];
    if (this.#runEnded !== null) faults.push(`${instance} was ${what} after the run ended`);
    if (this.#paused && what === "started") faults.push(`${instance} was started while the run was paused`);
    if (what === "queued" && this.#ended.has(instance)) this.#reopen(planned.step.id);
    this.#ended.delete(instance);
    return faults;
  }

  /** What is done again takes with it whatever came after it. */
  #reopen(id: string): void {
    for (const { step } of this.#plan.values())
      if ((step.depends_on ?? []).includes(id)) {
        for (const instance of this.#ended.keys())
          if (stepOfInstance(instance) === step.id) this.#ended.delete(instance);
        this.#reopen(step.id);
      }
  }

  /** Whether what depends on it has its turn. A step that is skipped has no events: it passes with what it depends on. */
  #passed(id: string): boolean {
    const planned = this.#plan.get(id);
    if (planned === undefined) return false;
    const { step, items, ends } = planned;
    if (ends.includes("skipped") || items === 0)
      return (step.depends_on ?? []).every((one) => this.#passed(one));
    const instances = items === null ? [id] : Array.from({ length: items }, (_, item) => `${id}[${item}]`);
    return instances.every((instance) => {
      const end = this.#ended.get(instance);
      const last = end === "failed" && step.fallback ? this.#ended.get(`${instance}.fallback`) : end;
      return last === "completed" || (last === "failed" && step.continue_on_error === true);
    });
  }
}
